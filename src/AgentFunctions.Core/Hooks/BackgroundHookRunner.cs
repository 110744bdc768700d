// One background hook of an ended run.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Logging;
using AgentFunctions.Telemetry.Spans;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Hooks;

/// <summary>What the RunBackgroundHook activity does: throws when the hook fails, so that it is tried again. A hook that succeeded is not called again, nor one of a run that was deleted.</summary>
public sealed partial class BackgroundHookRunner(
    IRunStore runs, DefinitionResolver definitions, RunHookCatalog hooks, RunTracer tracer, TimeProvider time, ILogger<BackgroundHookRunner> logger)
{
    /// <exception cref="InvalidOperationException">The run has not ended, or the hook is not there any more.</exception>
    public async Task RunAsync(BackgroundHookJob job, CancellationToken cancellationToken)
    {
        // Whoever deleted the run wants nothing more to be done with it.
        if (await runs.GetAsync(job.RunId, cancellationToken) is not { } run)
            return;
        if (!run.IsFinished)
            throw new InvalidOperationException($"Run {job.RunId} has not ended; its background hooks come after.");
        using var scope = logger.BeginRun(run);
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        if (await runs.GetResultAsync(job.RunId, job.Key(), cancellationToken) is null)
            await CallAsync(job, run, agent, cancellationToken);

        // The run's trace was made whole before; now it lacks this hook.
        await tracer.RepairAsync(run, agent, cancellationToken);
    }

    private async Task CallAsync(BackgroundHookJob job, RunRecord run, AgentDefinition agent, CancellationToken cancellationToken)
    {
        var hook = agent.BackgroundHooks().FirstOrDefault(h => h.Name == job.Hook)
            ?? throw new InvalidOperationException($"Agent '{agent.Name}' has no background hook '{job.Hook}'.");
        var context = new RunHookContext(hook.Name, HookPoints.PostRun, run, run.Content ?? "")
        {
            ToolCalls = await runs.ToolCallsAsync(run.RunId, cancellationToken),
        };
        var start = time.GetUtcNow();
        try
        {
            await hooks.Get(HookPoints.PostRun, hook).CheckAsync(context, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e, hook.Name, run.RunId);
            throw;
        }

        var call = new HookFacts(hook.Name, HookPoints.PostRun, 1, start, time.GetUtcNow()) { Background = true };
        var stored = AgentJson.Serialize(new BackgroundHookResult(call));
        if ((await runs.CommitAsync(new RunCommit(run.RunId, job.Key(), stored), cancellationToken)).Committed)
            tracer.Emit(run, HookSpans.Of(run, agent, call));
    }

    [LoggerMessage(EventId = 1343, Level = LogLevel.Warning, Message = "Background hook {Hook} of run {RunId} failed; it is tried again unless its attempts are used up")]
    private partial void LogFailed(Exception exception, string hook, string runId);
}
