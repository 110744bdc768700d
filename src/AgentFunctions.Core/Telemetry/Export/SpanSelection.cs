using AgentFunctions.Runs;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Which spans an exporter gets. Every member that is given must be met; parents of a chosen span may be missing there.</summary>
public sealed record SpanSelection
{
    public static SpanSelection All { get; } = new();

    /// <summary>Span kinds as AGENT, LLM, TOOL; empty for all.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>GenAI operations as chat, execute_tool; empty for all.</summary>
    public IReadOnlyList<string> Operations { get; init; } = [];

    /// <summary>Names of agents; empty for all.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    /// <summary>True for spans with status error only.</summary>
    public bool Errors { get; init; }

    /// <summary>The shortest span that is sent.</summary>
    public TimeSpan MinDuration { get; init; }

    internal bool Includes(RunRecord run, SpanFacts facts) =>
        IsOneOf(Types, facts, GenAiAttributes.SpanKind)
        && IsOneOf(Operations, facts, GenAiAttributes.OperationName)
        && (Agents.Count == 0 || Agents.Contains(run.AgentId))
        && (!Errors || facts.Status == System.Diagnostics.ActivityStatusCode.Error)
        && facts.End - facts.Start >= MinDuration;

    private static bool IsOneOf(IReadOnlyList<string> wanted, SpanFacts facts, string attribute) =>
        wanted.Count == 0 || (facts.Attributes.GetValueOrDefault(attribute) is string value && wanted.Contains(value));
}
