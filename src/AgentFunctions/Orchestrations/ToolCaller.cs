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
        var places = new CallPlaces(scope.Run.ParallelTools ? scope.Run.MaxParallelTools ?? answer.ToolCalls.Count : 1);
        var begun = new List<Task<ToolStepResult?>>();
        var isOver = false;
        foreach (var call in answer.ToolCalls)
        {
            await places.TakeAsync();
            if (isOver)
            {
                // A call that is still under way may have to take a place again.
                places.GiveBack();
                break;
            }

            begun.Add(InPlaceAsync(call));
        }

        var results = await Task.WhenAll(begun);
        return results.FirstOrDefault(result => result is { EndsRun: true });

        async Task<ToolStepResult?> InPlaceAsync(ToolCallReference call)
        {
            // Until it is known to go well: what fails is a store or the host, and the run ends with the calls under way.
            var ends = true;
            try
            {
                var result = await CallAsync(answer.Step, call, places);
                ends = result is { EndsRun: true };
                return result;
            }
            finally
            {
                isOver |= ends;
                places.GiveBack();
            }
        }
    }

    /// <summary>The error of a run that ends with the call.</summary>
    public static RunError ErrorOf(ToolStepResult last) =>
        new(RunErrorCodes.ApprovalExpired, $"Nobody approved the call of '{last.Tool}' in time.", new JsonObject { ["tool"] = last.Tool });

    private async Task<ToolStepResult?> CallAsync(int step, ToolCallReference call, CallPlaces places)
    {
        // One call after the other means that none overtakes one that waits.
        if (leader?.Takes(step, call) != true)
            return await ExecuteAsync(step, call, scope.Run.ParallelTools ? places : null);
        await leader.DelegateAsync(step, call);
        return null;
    }

    /// <summary>Runs one call. After a wait for a person it is made again: the approval's row says then what becomes of it, whoever raised the event.</summary>
    /// <param name="places">Where the call has a place, which it leaves to others while it waits for a person; null to keep it.</param>
    public async Task<ToolStepResult> ExecuteAsync(int step, ToolCallReference call, CallPlaces? places = null)
    {
        var input = new ToolStep(scope.Run.RunId, step, call.CallId, call.Tool);
        var waits = new ApprovalWaits(scope, places);
        var result = await ExecuteAsync(input);
        while (await waits.AreDueAsync(result.Waits))
            result = await ExecuteAsync(input);
        return result;
    }

    private Task<ToolStepResult> ExecuteAsync(ToolStep call) =>
        scope.Context.CallActivityAsync<ToolStepResult>(nameof(ExecuteTool), call, RunScope.Patient);
}
