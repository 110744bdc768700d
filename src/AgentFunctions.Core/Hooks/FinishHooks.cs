// The hooks at the end of a run.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Hooks;

/// <summary>The calls of OnFinish, stored under <see cref="Key"/>.</summary>
public sealed record FinishCalls(IReadOnlyList<HookFacts>? Hooks)
{
    public const string Key = "on_finish";
}

/// <summary>Called by FinishRun and the sweeper.</summary>
public sealed class FinishHooks(AgentHooks hooks, IRunStore runs, RunTracer tracer, TimeProvider time, ILogger<FinishHooks> logger)
{
    /// <summary>Tells OnFinish, once: a repeated end of the run is not told again.</summary>
    public async Task CallAsync(RunRecord finished, AgentDefinition agent, CancellationToken cancellationToken)
    {
        if (hooks.At(agent.Name, HookPoints.Finish) is not { Length: > 0 } chain
            || await runs.GetResultAsync(finished.RunId, FinishCalls.Key, cancellationToken) is not null)
            return;
        var calls = new HookCalls(finished, step: null, RunTrace.RootPath, time, logger);
        var info = new FinishInfo(finished);
        await calls.ObserveAsync(chain, HookPoints.Finish, hook => hook.OnFinishAsync(info, cancellationToken), cancellationToken);
        var stored = AgentJson.Serialize(new FinishCalls(calls.Facts));
        if (!(await runs.CommitAsync(new RunCommit(finished.RunId, FinishCalls.Key, stored), cancellationToken)).Committed)
            return;
        foreach (var hook in calls.Facts ?? [])
            tracer.Emit(finished, HookSpans.Of(finished, agent, hook));
    }
}
