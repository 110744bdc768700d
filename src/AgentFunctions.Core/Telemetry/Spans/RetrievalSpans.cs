using System.Diagnostics;
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>One search of a data source.</summary>
/// <param name="DataSource">Its id, as configured.</param>
/// <param name="Query">What was searched for.</param>
/// <param name="TopK">How many documents were asked for.</param>
/// <param name="Documents">What was found, best first.</param>
/// <param name="Start">When it began.</param>
/// <param name="End">When it had answered.</param>
public sealed record RetrievalFacts(
    string DataSource, string Query, int TopK, IReadOnlyList<RetrievedDocument> Documents, DateTimeOffset Start, DateTimeOffset End)
{
    public required int Step { get; init; }

    /// <summary>From 1; tells apart the searches within <see cref="ParentPath"/>.</summary>
    public int Sequence { get; init; } = 1;

    /// <summary>The span that searched, for example a tool call's.</summary>
    public string ParentPath { get; init; } = RunTrace.RootPath;

    public RunError? Error { get; init; }
}

/// <param name="Id">Within the data source.</param>
/// <param name="Score">Greater is better.</param>
/// <param name="Content">The text that was found.</param>
/// <param name="Metadata">Any JSON.</param>
public sealed record RetrievedDocument(string Id, double? Score = null, string? Content = null, JsonElement? Metadata = null);

/// <summary>The span <c>retrieval {data source}</c>.</summary>
public static class RetrievalSpans
{
    public static string Path(string parentPath, int step, int sequence) => RunTrace.Below(parentPath, $"retrieval:{step}:{sequence}");

    public static SpanFacts Of(RunRecord run, AgentDefinition agent, RetrievalFacts retrieval)
    {
        var attributes = SpanAttributes.Of(run, agent, Retrieval, RetrieverKind);
        attributes[DataSourceId] = retrieval.DataSource;
        attributes[RequestTopK] = (long)retrieval.TopK;
        attributes[RetrievalCount] = (long)retrieval.Documents.Count;
        attributes.AddUnlessNull(RetrievalTopScore, retrieval.Documents.Max(d => d.Score));
        attributes[Step] = (long)retrieval.Step;
        attributes.AddUnlessNull(ErrorType, retrieval.Error?.Code);
        return new SpanFacts
        {
            Path = Path(retrieval.ParentPath, retrieval.Step, retrieval.Sequence),
            ParentPath = retrieval.ParentPath,
            Name = $"{Retrieval} {retrieval.DataSource}",
            Kind = ActivityKind.Client,
            Start = retrieval.Start,
            End = EndOf(retrieval.Start, retrieval.End),
            Status = StatusOf(retrieval.Error?.Code),
            StatusMessage = retrieval.Error?.Message,
            StatusSummary = retrieval.Error?.Code,
            Attributes = attributes,
            Content = SpanContent.OfRetrieval(retrieval),
        };
    }
}
