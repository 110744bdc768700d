// What the activities CheckInput and CheckOutput take, give and store.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Hooks;

/// <summary>Input of CheckInput and CheckOutput.</summary>
/// <param name="Point"><see cref="HookPoints.PreRun"/> or <see cref="HookPoints.PostRun"/>.</param>
/// <param name="SessionPosition">The run's place in its session; 0 for a run without one.</param>
public sealed record RunCheck(string RunId, string Point, int SessionPosition)
{
    public const string InputKey = "prehook";
    public const string OutputKey = "posthook";

    /// <summary>The key of the stored <see cref="RunCheckResult"/>.</summary>
    public string Key => Point == HookPoints.PreRun ? InputKey : OutputKey;
}

/// <summary>Output of the activities.</summary>
/// <param name="Error">Why the run must end; null when it goes on.</param>
public sealed record RunCheckOutcome(RunError? Error);

/// <summary>What the hooks of one point made of a run.</summary>
public sealed record RunCheckResult
{
    /// <summary>The text that they left; null when they did not change it.</summary>
    public string? Text { get; init; }

    public RunError? Error { get; init; }

    public IReadOnlyList<HookFacts> Hooks { get; init; } = [];

    public IReadOnlyList<GuardrailFacts> Guardrails { get; init; } = [];
}

/// <summary>Which hooks an agent has at a point.</summary>
public static class AgentHookLists
{
    /// <summary>The hooks that the run waits for, in their order.</summary>
    public static IReadOnlyList<HookDefinition> HooksAt(this AgentDefinition agent, string point) =>
        [.. (point == HookPoints.PreRun ? agent.PreHooks : agent.PostHooks)?.Where(hook => !hook.Background) ?? []];

    /// <summary>The work of the hooks that run after a run's end; null for none.</summary>
    public static IReadOnlyList<BackgroundHookJob>? BackgroundJobs(this AgentDefinition agent, string runId) =>
        agent.BackgroundHooks() is { Count: > 0 } hooks ? [.. hooks.Select(hook => new BackgroundHookJob(runId, hook.Name, hook.Attempts))] : null;

    /// <summary>The hooks that run after the run's end.</summary>
    public static IReadOnlyList<HookDefinition> BackgroundHooks(this AgentDefinition agent) =>
        [.. agent.PostHooks?.Where(hook => hook.Background) ?? []];
}
