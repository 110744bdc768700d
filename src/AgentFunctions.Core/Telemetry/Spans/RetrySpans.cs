using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>The wait between two attempts of the same work.</summary>
/// <param name="Operation">What is tried again, as the attempts' spans name it: <c>chat</c>, <c>hook audit</c>.</param>
/// <param name="FailedPath">The failed attempt's span.</param>
/// <param name="NextAttempt">The attempt that follows, from 2.</param>
/// <param name="Reason">The error code for which it is tried again.</param>
/// <param name="Start">When the attempt had failed.</param>
/// <param name="End">When the next one began.</param>
public sealed record RetryFacts(string Operation, string FailedPath, int NextAttempt, string Reason, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>The attempts' parent.</summary>
    public string ParentPath { get; init; } = RunTrace.RootPath;

    public int? Step { get; init; }
}

/// <summary>
/// The span <c>retry {operation}</c>, for waits long enough to be looked for. The attempts have spans of their own, each
/// linked to the one before as <c>retry_of</c>; a wait of a moment needs no span beside them.
/// </summary>
public static class RetrySpans
{
    public static string Path(string failedPath) => RunTrace.Below(failedPath, "retry");

    public static SpanFacts Of(RunRecord run, AgentDefinition agent, RetryFacts retry)
    {
        var end = EndOf(retry.Start, retry.End);
        var attributes = SpanAttributes.Of(run, agent, null, ChainKind);
        attributes[Attempt] = (long)retry.NextAttempt;
        attributes[RetryReason] = retry.Reason;
        attributes[RetryWaitSeconds] = (end - retry.Start).TotalSeconds;
        attributes.AddUnlessNull(Step, (long?)retry.Step);
        return new SpanFacts
        {
            Path = Path(retry.FailedPath),
            ParentPath = retry.ParentPath,
            Name = $"retry {retry.Operation}",
            Kind = ActivityKind.Internal,
            Start = retry.Start,
            End = end,
            Attributes = attributes,
            Links = [new SpanLink(retry.FailedPath, RetryOf)],
        };
    }
}
