using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Tests.CrashHost.Work;
using Microsoft.DurableTask.Converters;

namespace AgentFunctions.Tests.CrashHost.Host;

/// <summary>The one activity. Registered by hand, because only a bare invocation tells the number of the call.</summary>
internal sealed class StepActivity(StepLog log)
{
    public const string Name = "Step";

    public async Task<object?> RunAsync(ActivityInvocation call)
    {
        var step = JsonDataConverter.Default.Deserialize<Step>(call.SerializedInput)!;
        log.Write(StepLog.Started, call.InstanceId, step.Rank, step.Branch, call.TaskId);
        var result = Step.ResultOf(call.InstanceId, step.Rank, step.Branch);
        // Some steps take a moment, so that kills also find them in the middle.
        if (result % 4 == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(result % 9), call.CancellationToken);
        // An attempt takes two calls: the activity and the timer before the next one.
        if (call.TaskId < 2 * step.Failures)
            throw new InvalidOperationException("This attempt is meant to fail.");
        log.Write(StepLog.Ended, call.InstanceId, step.Rank, step.Branch, call.TaskId);
        return result;
    }
}
