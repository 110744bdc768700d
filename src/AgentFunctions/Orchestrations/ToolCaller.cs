// The tool calls of one step.
using AgentFunctions.Activities;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

/// <param name="scope">The run.</param>
/// <param name="leader">Takes the calls that are work for members of the team; null when there are none.</param>
internal sealed class ToolCaller(RunScope scope, TeamLeader? leader)
{
    /// <summary>Runs the calls that the model asked for, at the same time or in its order.</summary>
    public async Task CallAsync(ModelStepResult answer)
    {
        if (scope.Run.ParallelTools)
        {
            await Task.WhenAll(answer.ToolCalls.Select(call => CallAsync(answer.Step, call)));
            return;
        }

        foreach (var call in answer.ToolCalls)
            await CallAsync(answer.Step, call);
    }

    private Task CallAsync(int step, ToolCallReference call) => leader?.Takes(step, call) == true
        ? leader.DelegateAsync(step, call)
        : ExecuteAsync(step, call);

    /// <summary>Runs one call.</summary>
    public Task<ToolStepResult> ExecuteAsync(int step, ToolCallReference call) => scope.Context.CallActivityAsync<ToolStepResult>(
        nameof(ExecuteTool), new ToolStep(scope.Run.RunId, step, call.CallId, call.Tool), RunScope.Patient);
}
