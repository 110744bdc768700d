// The activity that decides whether a loop of a workflow goes on.
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class TestLoop(StepStarter starter)
{
    [Function(nameof(TestLoop))]
    public Task<RoundDecision> RunAsync([ActivityTrigger] LoopRound round, FunctionContext context) =>
        starter.TestAsync(round, context.CancellationToken);
}
