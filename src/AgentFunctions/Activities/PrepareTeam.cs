// The activity that begins the run of a team whose first work is no model call.
using AgentFunctions.Teams;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class PrepareTeam(TeamAnswers answers)
{
    [Function(nameof(PrepareTeam))]
    public Task<string?> RunAsync([ActivityTrigger] TeamBeginning beginning, FunctionContext context) =>
        answers.PrepareAsync(beginning, context.CancellationToken);
}
