// The tool calls of one step.
using System.Text.Json.Nodes;
using AgentFunctions.Activities;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

/// <param name="scope">The run.</param>
/// <param name="leader">Takes the calls that are work for members of the team; null when there are none.</param>
internal sealed class ToolCaller(RunScope scope, TeamLeader? leader)
{
    /// <summary>
    /// Runs the calls that the model asked for: begun in its order, as many at the same time as the run allows. Gives a call
    /// that ends the run, after which no other begins; null when the run goes on.
    /// </summary>
    public async Task<ToolStepResult?> CallAsync(ModelStepResult answer)
    {
        var limit = scope.Run.ParallelTools ? scope.Run.MaxParallelTools ?? answer.ToolCalls.Count : 1;
        var begun = new List<Task<ToolStepResult?>>();
        var running = new List<Task<ToolStepResult?>>();
        foreach (var call in answer.ToolCalls)
        {
            if (running.Count == limit)
                running.Remove(await Task.WhenAny(running));
            // What has failed is a store or the host: the run ends with the calls that are under way.
            if (begun.Any(task => task.IsFaulted || task.IsCompletedSuccessfully && task.Result is { EndsRun: true }))
                break;
            var task = CallAsync(answer.Step, call);
            begun.Add(task);
            running.Add(task);
        }

        var results = await Task.WhenAll(begun);
        return results.FirstOrDefault(result => result is { EndsRun: true });
    }

    /// <summary>The error of a run that ends with the call.</summary>
    public static RunError ErrorOf(ToolStepResult last) =>
        new(RunErrorCodes.ApprovalExpired, $"Nobody approved the call of '{last.Tool}' in time.", new JsonObject { ["tool"] = last.Tool });

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
        var result = await ExecuteAsync(input);
        while (await waits.AreDueAsync(result.Waits))
            result = await ExecuteAsync(input);
        return result;
    }

    private Task<ToolStepResult> ExecuteAsync(ToolStep call) =>
        scope.Context.CallActivityAsync<ToolStepResult>(nameof(ExecuteTool), call, RunScope.Patient);
}
