// The activity by which a step of a workflow asks a person, and learns what was decided.
using AgentFunctions.Workflows;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class AskPerson(StepPersons persons)
{
    [Function(nameof(AskPerson))]
    public Task<PersonAnswer> RunAsync([ActivityTrigger] StepAttempt step, FunctionContext context) =>
        persons.AskAsync(step, context.CancellationToken);
}
