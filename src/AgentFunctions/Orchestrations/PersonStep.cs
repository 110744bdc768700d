// A step that waits for a person, and what follows the answer or the silence.
using AgentFunctions.Activities;
using AgentFunctions.Approvals;
using AgentFunctions.Runs;
using AgentFunctions.Workflows;

namespace AgentFunctions.Orchestrations;

internal sealed class PersonStep(RunScope scope, WorkflowSteps steps)
{
    /// <summary>The code of the error by which a step asks for the one before it to be done again.</summary>
    public const string Redo = "REDO";

    public async Task<StepEnd> AskAsync(WorkflowStep step, StepAttempt attempt, StepPlace within)
    {
        var waits = new ApprovalWaits(scope);
        PersonAnswer answer;
        do
            answer = await scope.Context.CallActivityAsync<PersonAnswer>(nameof(AskPerson), attempt, RunScope.Patient);
        while (await waits.AreDueAsync(answer.Waits));
        return answer.Decision switch
        {
            ApprovalStatus.Approved => new StepEnd(attempt, StepStatus.Completed),
            ApprovalStatus.Rejected => await RejectedAsync(step, attempt, within),
            ApprovalStatus.Expired => new StepEnd(attempt, OnTimeout(step.Human!.OnTimeout)),
            _ => new StepEnd(attempt, StepStatus.Cancelled),
        };
    }

    private async Task<StepEnd> RejectedAsync(WorkflowStep step, StepAttempt attempt, StepPlace within) => step.Human!.OnReject switch
    {
        RejectAction.Skip => new StepEnd(attempt, StepStatus.Skipped),
        RejectAction.Else => StepWork.EndOf(attempt, await steps.SequenceAsync(step.Else, within)),
        RejectAction.Retry => new StepEnd(attempt, StepStatus.Error) { Error = new RunError(Redo, "A person asked for the step before to be done again.") },
        _ => new StepEnd(attempt, StepStatus.Cancelled),
    };

    private static StepStatus OnTimeout(TimeoutAction action) => action switch
    {
        TimeoutAction.Approve => StepStatus.Completed,
        TimeoutAction.Skip => StepStatus.Skipped,
        _ => StepStatus.Cancelled,
    };
}
