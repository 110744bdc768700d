// The orchestration of an agent's or a team's run.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

/// <summary>
/// One run. The instance id is the run id. Deterministic: time and ids come from the context, everything else from
/// activities, whose inputs and outputs are references and small facts.
/// </summary>
public static class AgentRun
{
    /// <summary>The external event that asks the run to stop.</summary>
    public const string CancelEvent = "cancel";

    [Function(nameof(AgentRun))]
    public static async Task<RunOutcome> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, RunStart run)
    {
        var scope = new RunScope(context, run);
        var totals = new RunTotals();
        var loop = new StepLoop(scope, totals);
        Func<Task<RunOutcome>> work = run.Team is { } team ? new TeamRun(scope, totals, team, loop).RunAsync : loop.RunAsync;
        return await RunFrame.RunAsync(scope, work, loop.Failed);
    }
}
