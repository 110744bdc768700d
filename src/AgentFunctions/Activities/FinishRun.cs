// The activity that ends a run: run row, root span, terminal event.
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class FinishRun(RunFinisher finisher)
{
    [Function(nameof(FinishRun))]
    public async Task RunAsync([ActivityTrigger] RunOutcome outcome, FunctionContext context) =>
        await finisher.FinishAsync(outcome, context.CancellationToken);
}
