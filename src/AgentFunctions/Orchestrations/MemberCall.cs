// A member's run within its parent's: a sub-orchestration that is cancelled with its parent and never throws.
using AgentFunctions.Activities;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

internal static class MemberCall
{
    /// <summary>Runs the member to its end. A member that died gives an outcome with an error.</summary>
    /// <param name="stop">Cancels the member when it completes; null for the run's own cancel request.</param>
    public static async Task<RunOutcome> RunAsync(RunScope scope, MemberRequest request, Task? stop = null)
    {
        try
        {
            var start = await scope.Context.CallActivityAsync<RunStart>(nameof(BeginMember), request, RunScope.Patient);
            var member = scope.Context.CallSubOrchestratorAsync<RunOutcome>(
                FunctionOf(start.Kind), start, new SubOrchestrationOptions(instanceId: start.RunId));
            if (await Task.WhenAny(member, stop ?? scope.Cancelled) != member)
                await CancelAsync(scope.Context, start.RunId);
            var outcome = await member;
            scope.Waits.Add(outcome.Waits);
            return outcome;
        }
        catch (TaskFailedException e)
        {
            return Died(scope, request, e);
        }
    }

    /// <summary>The orchestrator function of a kind of run.</summary>
    public static string FunctionOf(RunKind kind) => kind switch
    {
        RunKind.Workflow => nameof(WorkflowRun),
        _ => nameof(AgentRun),
    };

    // A member that is just ending takes no notice; its outcome stands.
    private static async Task CancelAsync(TaskOrchestrationContext context, string runId)
    {
        await context.CallActivityAsync(nameof(CancelMember), runId, RunScope.Patient);
        context.SendEvent(runId, AgentRun.CancelEvent, null!);
    }

    private static RunOutcome Died(RunScope scope, MemberRequest request, TaskFailedException failure) => new()
    {
        RunId = request.RunId,
        Status = RunStatus.Error,
        TerminationReason = "error",
        Steps = 0,
        Error = new RunError(RunErrorCodes.Unknown, $"{failure.TaskName} failed: {failure.FailureDetails.ErrorMessage}"),
        FinishedAt = scope.Now,
    };
}
