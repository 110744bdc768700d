// The activity of one tool call.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class ExecuteTool(ExecuteToolRunner runner)
{
    [Function(nameof(ExecuteTool))]
    public Task<ToolStepResult> RunAsync([ActivityTrigger] ToolStep step, FunctionContext context) =>
        runner.RunAsync(step, context.CancellationToken);
}
