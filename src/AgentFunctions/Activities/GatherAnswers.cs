// The activity that makes one message of what members answered.
using AgentFunctions.Teams;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class GatherAnswers(TeamAnswers answers)
{
    [Function(nameof(GatherAnswers))]
    public Task RunAsync([ActivityTrigger] TeamAnswer answer, FunctionContext context) =>
        answers.GatherAsync(answer, context.CancellationToken);
}
