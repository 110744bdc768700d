// The tool calls of one step.
using AgentFunctions.Activities;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

/// <param name="scope">The run.</param>
/// <param name="leader">Takes the calls that are work for members of the team; null when there are none.</param>
internal sealed class ToolCaller(RunScope scope, TeamLeader? leader)
{
    /// <summary>Runs the calls that the model asked for, at the same time or in its order. Gives a call that ends the run; null when the run goes on.</summary>
    public async Task<ToolStepResult?> CallAsync(ModelStepResult answer)
    {
        if (scope.Run.ParallelTools)
        {
            var results = await Task.WhenAll(answer.ToolCalls.Select(call => CallAsync(answer.Step, call)));
            return results.FirstOrDefault(result => result is { EndsRun: true });
        }

        foreach (var call in answer.ToolCalls)
        {
            if (await CallAsync(answer.Step, call) is { EndsRun: true } last)
                return last;
        }

        return null;
    }

    private async Task<ToolStepResult?> CallAsync(int step, ToolCallReference call)
    {
        if (leader?.Takes(step, call) != true)
            return await ExecuteAsync(step, call);
        await leader.DelegateAsync(step, call);
        return null;
    }

    /// <summary>Runs one call. After a wait for a person it is made again: the approval's row says then what becomes of it, whoever raised the event.</summary>
    public async Task<ToolStepResult> ExecuteAsync(int step, ToolCallReference call)
    {
        var input = new ToolStep(scope.Run.RunId, step, call.CallId, call.Tool);
        var waits = new ApprovalWaits(scope);
        while (true)
        {
            var result = await scope.Context.CallActivityAsync<ToolStepResult>(nameof(ExecuteTool), input, RunScope.Patient);
            if (!await waits.AreDueAsync(result.Waits))
                return result;
        }
    }
}
