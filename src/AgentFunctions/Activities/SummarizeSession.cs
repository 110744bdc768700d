// The activity that makes a session's summary.
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Activities;

public sealed class SummarizeSession(SessionSummarizer summarizer)
{
    [Function(nameof(SummarizeSession))]
    public Task<ModelStepResult?> RunAsync([ActivityTrigger] SummaryStep step, FunctionContext context) =>
        summarizer.SummarizeAsync(step, context.CancellationToken);
}
