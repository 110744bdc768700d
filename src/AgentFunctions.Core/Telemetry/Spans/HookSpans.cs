using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry.Spans;

/// <summary>One call of a hook.</summary>
/// <param name="Name">As configured or registered.</param>
/// <param name="Point">Where it was called, for example <c>before_run</c>.</param>
/// <param name="Sequence">From 1; tells apart what is called more than once at its point.</param>
/// <param name="Start">When it was called.</param>
/// <param name="End">When it returned.</param>
public sealed record HookFacts(string Name, string Point, int Sequence, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>The model step it belongs to; null for one of the whole run.</summary>
    public int? Step { get; init; }

    /// <summary>The span it was called within.</summary>
    public string ParentPath { get; init; } = RunTrace.RootPath;

    public bool ModifiedInput { get; init; }

    public bool ModifiedOutput { get; init; }

    /// <summary>What it did to the flow of the run: <c>skip</c>, <c>stop</c> or <c>add_messages</c>; null for nothing.</summary>
    public string? Effect { get; init; }

    /// <summary>True for a hook that nothing waited for.</summary>
    public bool Background { get; init; }

    /// <summary>What it was given, as text; null when that is not recorded.</summary>
    public string? Input { get; init; }

    /// <summary>What it made of it.</summary>
    public string? Output { get; init; }

    public RunError? Error { get; init; }
}

/// <summary>The span <c>hook {name}</c>.</summary>
public static class HookSpans
{
    public static string Path(string parentPath, string point, string name, int sequence) => RunTrace.Below(parentPath, $"hook:{point}:{name}:{sequence}");

    public static SpanFacts Of(RunRecord run, AgentDefinition agent, HookFacts hook)
    {
        var attributes = SpanAttributes.Of(run, agent, null, ChainKind);
        attributes[HookName] = hook.Name;
        attributes[HookPoint] = hook.Point;
        attributes[HookModifiedInput] = hook.ModifiedInput;
        attributes[HookModifiedOutput] = hook.ModifiedOutput;
        attributes[HookBackground] = hook.Background;
        attributes.AddUnlessNull(HookEffect, hook.Effect);
        attributes.AddUnlessNull(Step, (long?)hook.Step);
        attributes.AddUnlessNull(ErrorType, hook.Error?.Code);
        return new SpanFacts
        {
            Path = Path(hook.ParentPath, hook.Point, hook.Name, hook.Sequence),
            ParentPath = hook.ParentPath,
            Name = $"hook {hook.Name}",
            Kind = ActivityKind.Internal,
            Start = hook.Start,
            End = EndOf(hook.Start, hook.End),
            Status = StatusOf(hook.Error?.Code),
            StatusMessage = hook.Error?.Message,
            StatusSummary = hook.Error?.Code,
            Attributes = attributes,
            Content = SpanContent.OfText(hook.Input, hook.Output),
        };
    }
}
