// The orchestration of a workflow's run.
using AgentFunctions.Activities;
using AgentFunctions.Runs;
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace AgentFunctions.Orchestrations;

/// <summary>One run of a workflow. The instance id is the run id. Deterministic, as <see cref="AgentRun"/> is.</summary>
public static class WorkflowRun
{
    [Function(nameof(WorkflowRun))]
    public static async Task<RunOutcome> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, RunStart run)
    {
        var scope = new RunScope(context, run);
        var ending = new WorkflowEnding(scope);
        return await RunFrame.RunAsync(scope, () => WorkAsync(scope, ending), ending.Failed);
    }

    private static async Task<RunOutcome> WorkAsync(RunScope scope, WorkflowEnding ending)
    {
        var beginning = new WorkflowBeginning(scope.Run.RunId, scope.SessionPosition);
        var workflow = await scope.Context.CallActivityAsync<WorkflowDefinition>(nameof(BeginWorkflow), beginning, RunScope.Patient);
        var steps = new WorkflowSteps(scope, workflow, ending.Totals);
        using var stop = new StopSignal(scope, scope.Cancelled, workflow.TimeoutSeconds);
        var result = await steps.SequenceAsync(workflow.Steps, new StepPlace(Around: "", Depth: 0, Iteration: null, stop));
        if (result.Status != StepStatus.Completed)
            return ending.Of(result, stop, steps.Taken);
        await scope.Context.CallActivityAsync(nameof(EndWorkflow), new WorkflowEnd(scope.Run.RunId, result.Address), RunScope.Patient);
        return ending.Of(result, stop, steps.Taken);
    }
}
