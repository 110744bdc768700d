using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>One check by a guardrail.</summary>
/// <param name="Name">As configured.</param>
/// <param name="Point"><c>input</c>, <c>output</c> or <c>tool</c>.</param>
/// <param name="Sequence">From 1; tells apart repeated checks at its point.</param>
/// <param name="Passed">False when it objected.</param>
/// <param name="Start">When it was called.</param>
/// <param name="End">When it returned.</param>
public sealed record GuardrailFacts(string Name, string Point, int Sequence, bool Passed, DateTimeOffset Start, DateTimeOffset End)
{
    public int? Step { get; init; }

    /// <summary>The span it was called within.</summary>
    public string ParentPath { get; init; } = RunTrace.RootPath;

    /// <summary>What followed: <c>allow</c>, <c>block</c>, <c>modify</c> or <c>warn</c>.</summary>
    public string Action { get; init; } = "allow";

    /// <summary>Why it objected. May quote what it saw, so it is content.</summary>
    public string? Reason { get; init; }

    /// <summary>What it looked at, as text.</summary>
    public string? Input { get; init; }

    /// <summary>Set when the guardrail itself failed; that it objected is no error.</summary>
    public RunError? Error { get; init; }
}

/// <summary>The span <c>guardrail {name}</c>.</summary>
public static class GuardrailSpans
{
    public static string Path(string parentPath, string point, string name, int sequence) => RunTrace.Below(parentPath, $"guardrail:{point}:{name}:{sequence}");

    public static SpanFacts Of(RunRecord run, AgentDefinition agent, GuardrailFacts guardrail)
    {
        var attributes = SpanAttributes.Of(run, agent, null, GuardrailKind);
        attributes[GuardrailName] = guardrail.Name;
        attributes[GuardrailPoint] = guardrail.Point;
        attributes[GuardrailPassed] = guardrail.Passed;
        attributes[GuardrailAction] = guardrail.Action;
        attributes.AddUnlessNull(Step, (long?)guardrail.Step);
        attributes.AddUnlessNull(ErrorType, guardrail.Error?.Code);
        return new SpanFacts
        {
            Path = Path(guardrail.ParentPath, guardrail.Point, guardrail.Name, guardrail.Sequence),
            ParentPath = guardrail.ParentPath,
            Name = $"guardrail {guardrail.Name}",
            Kind = ActivityKind.Internal,
            Start = guardrail.Start,
            End = EndOf(guardrail.Start, guardrail.End),
            Status = StatusOf(guardrail.Error?.Code),
            StatusMessage = guardrail.Error?.Message,
            StatusSummary = guardrail.Error?.Code,
            Attributes = attributes,
            Content = SpanContent.OfText(guardrail.Input, guardrail.Reason),
        };
    }
}
