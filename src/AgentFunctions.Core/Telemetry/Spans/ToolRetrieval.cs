using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tools.Retrieval;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>The retrieval span below a tool call that searched documents.</summary>
public static class ToolRetrieval
{
    /// <summary>Null for a call of any other tool.</summary>
    /// <param name="arguments">As the model gave them.</param>
    /// <param name="response">What the model was answered.</param>
    public static SpanFacts? Of(RunRecord run, AgentDefinition agent, ToolStepResult result, JsonElement? arguments, JsonElement? response)
    {
        if (agent.Tools.FirstOrDefault(tool => tool.Name == result.Tool) is not { Retrieval: { } source } searching)
            return null;
        var (query, k) = arguments is { ValueKind: JsonValueKind.Object } given ? DocumentSearch.RequestOf(searching, given) : ("", source.K);
        var documents = result.ErrorCode is null ? FoundDocuments.Read(response)?.Documents ?? [] : [];
        return RetrievalSpans.Of(run, agent, new RetrievalFacts(source.Source, query, k, [.. documents.Select(Document)], result.StartedAt, result.EndedAt)
        {
            Step = result.Step,
            ParentPath = RunTrace.ToolPath(result.Step, result.CallId),
            Error = result.ErrorCode is { } code ? new RunError(code, result.ErrorMessage ?? code) : null,
        });
    }

    private static RetrievedDocument Document(FoundDocument found) => new(
        found.Id, found.Score, found.Text, JsonSerializer.SerializeToElement(new { found.Title, found.Path }, AgentJson.Options));
}
