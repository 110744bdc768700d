// The activity by which a waiting run learns whether the run before it is over.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class FindEndedRun(IRunStore runs)
{
    /// <summary>What the run used when it is over or was deleted; null while it goes on.</summary>
    [Function(nameof(FindEndedRun))]
    public async Task<RunUsage?> RunAsync([ActivityTrigger] string runId, FunctionContext context) =>
        await runs.GetAsync(runId, context.CancellationToken) switch
        {
            null => RunUsage.None,
            { IsFinished: true } run => run.Usage,
            _ => null,
        };
}
