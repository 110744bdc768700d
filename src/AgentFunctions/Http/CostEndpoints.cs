// What things cost: the prices in force, and how the cost of a run came about.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class CostEndpoints(Api api, IRunStore runs, PriceBook prices)
{
    private const string ModelResults = "model:";

    /// <summary>Every price, those of the configuration first; a model has the one that docs/costs.md finds for it.</summary>
    [Function("ListPrices")]
    public Task<IResult> PricesAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/prices")] HttpRequest request) =>
        api.AnswerAsync(request, _ => Task.FromResult(Api.Json(new JsonObject
        {
            ["version"] = prices.Version,
            ["as_of"] = prices.AsOf?.ToString("O"),
            ["currency"] = "USD per million tokens",
            ["data"] = new JsonArray([.. prices.Entries.Select(p => Json(p.Source, p.Entry))]),
        })));

    /// <summary>Each model call of the run, every attempt, with its usage, its cost and the price that it was computed with.</summary>
    [Function("GetRunCosts")]
    public Task<IResult> OfRunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/runs/{runId}/costs")] HttpRequest request, string runId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var run = await runs.GetAsync(runId, aborted) ?? throw ApiException.RunNotFound(runId);
            var results = await runs.GetResultsAsync(runId, aborted);
            var calls = results.Where(r => r.Key.StartsWith(ModelResults, StringComparison.Ordinal))
                .Select(r => AgentJson.Deserialize<ModelStepResult>(r.ResultJson));
            return Api.Json(new JsonObject
            {
                ["run_id"] = runId,
                ["cost_usd"] = run.CostUsd,
                ["unpriced_calls"] = run.UnpricedCalls,
                ["calls"] = new JsonArray([.. calls.Select(call => Json(run, call))]),
            });
        });

    private static JsonObject Json(RunRecord run, ModelStepResult call) => new JsonObject
    {
        ["step"] = call.Step,
        ["attempt"] = call.Attempt,
        ["status"] = AgentJson.Word(call.Status),
        ["model"] = call.RequestModel ?? run.Model,
        ["response_model"] = call.ResponseModel,
        ["started_at"] = call.StartedAt,
        ["usage"] = Usage(call.Usage),
        ["usage_unknown"] = call.UsageUnknown,
        ["cost_usd"] = call.CostUsd,
        ["cost_unknown"] = call.CostUnknown,
        ["price"] = JsonSerializer.SerializeToNode(call.Price, AgentJson.Options),
    };

    private static JsonObject Usage(RunUsage usage)
    {
        var json = RunJson.Usage(usage);
        json["cache_write_tokens"] = usage.CacheWriteTokens;
        return json;
    }

    private static JsonObject Json(string source, PriceEntry entry)
    {
        var json = JsonSerializer.SerializeToNode(entry.Rates, AgentJson.Options)!.AsObject();
        json.Insert(0, "key", entry.Key);
        json.Insert(1, "source", source);
        json["from"] = entry.From?.ToString("O");
        json["until"] = entry.Until?.ToString("O");
        json["long_context"] = entry.LongContext is { } longer
            ? new JsonObject { ["above"] = longer.Above, ["rates"] = JsonSerializer.SerializeToNode(longer.Rates, AgentJson.Options) }
            : null;
        return json;
    }
}
