// The steps of a workflow's run.
using AgentFunctions.Runs;
using AgentFunctions.Workflows;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class StepEndpoints(Api api, IRunStore runs)
{
    [Function("GetRunSteps")]
    public Task<IResult> StepsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}/steps")] HttpRequest request, string runId) =>
        api.AnswerAsync(request, async aborted =>
        {
            if (await runs.GetAsync(runId, aborted) is null)
                throw ApiException.RunNotFound(runId);
            var steps = StepTree.Of(await runs.GetResultsAsync(runId, aborted));
            return Api.List(steps.Select(step => step!.DeepClone()));
        });
}
