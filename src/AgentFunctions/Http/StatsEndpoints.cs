// Statistics over spans, runs, sessions and costs.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

/// <summary>Groups with calls, durations, errors, tokens and costs. What is counted is what the trace store has.</summary>
public sealed class StatsEndpoints(Api api, ITraceQueries traces, TimeProvider time)
{
    private static readonly TimeSpan _day = TimeSpan.FromDays(1);
    private static readonly TimeSpan _month = TimeSpan.FromDays(30);

    /// <summary>Every span; by name unless asked otherwise.</summary>
    [Function("GetSpanStats")]
    public Task<IResult> SpansAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/stats/spans")] HttpRequest request) =>
        api.AnswerAsync(request, aborted => ListAsync(StatsRequest.Read(request, StatisticsKey.Name, StatisticsOrder.Calls, _day, time.GetUtcNow()), aborted));

    /// <summary>A call is a run; by agent unless asked otherwise.</summary>
    [Function("GetRunStats")]
    public Task<IResult> RunsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/stats/runs")] HttpRequest request) =>
        api.AnswerAsync(request, aborted =>
        {
            var query = StatsRequest.Read(request, StatisticsKey.Agent, StatisticsOrder.Calls, _day, time.GetUtcNow());
            return ListAsync(query with { RunsOnly = true }, aborted);
        });

    /// <summary>A call is a run; by session, the latest first.</summary>
    [Function("GetSessionStats")]
    public Task<IResult> SessionsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/stats/sessions")] HttpRequest request) =>
        api.AnswerAsync(request, aborted =>
        {
            var query = StatsRequest.Read(request, StatisticsKey.Session, StatisticsOrder.LastCalled, _day, time.GetUtcNow());
            return query.By.Contains(StatisticsKey.Session)
                ? ListAsync(query with { RunsOnly = true }, aborted)
                : throw ApiException.Invalid("Statistics of sessions are by session; add one more key at most, as in by=session,agent.");
        });

    /// <summary>A call is a call of a model; by model, the dearest first, with the total over all groups.</summary>
    [Function("GetCostStats")]
    public Task<IResult> CostsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/stats/costs")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var query = StatsRequest.Read(request, StatisticsKey.Model, StatisticsOrder.Cost, _month, time.GetUtcNow()) with { Type = GenAiAttributes.ModelKind };
            var groups = await traces.GetStatisticsAsync(query, aborted);
            var total = await traces.GetStatisticsAsync(query with { By = [StatisticsKey.Type] }, aborted);
            var answer = Body(query, groups.Select(g => Cost(Group(query, g), g)));
            answer["total"] = Cost([], total.Count > 0 ? total[0] : null);
            return Api.Json(answer);
        });

    private async Task<IResult> ListAsync(StatisticsQuery query, CancellationToken aborted)
    {
        var groups = await traces.GetStatisticsAsync(query, aborted);
        return Api.Json(Body(query, groups.Select(g => Row(query, g))));
    }

    private static JsonObject Body(StatisticsQuery query, IEnumerable<JsonObject> rows) => new()
    {
        ["from"] = query.From,
        ["to"] = query.To,
        ["data"] = new JsonArray([.. rows]),
        ["next_cursor"] = null,
    };

    private static JsonObject Row(StatisticsQuery query, SpanStatistics group)
    {
        var row = Group(query, group);
        row["total_calls"] = group.Calls;
        row["error_count"] = group.Errors;
        row["avg_duration_ms"] = group.AvgDurationMs;
        row["p50_duration_ms"] = group.P50DurationMs;
        row["p95_duration_ms"] = group.P95DurationMs;
        row["max_duration_ms"] = group.MaxDurationMs;
        row["first_called_at"] = group.FirstCalledAt;
        row["last_called_at"] = group.LastCalledAt;
        row["usage"] = RunJson.Usage(group.Usage);
        row["cost_usd"] = group.CostUsd;
        row["unpriced_calls"] = group.UnpricedCalls;
        return row;
    }

    // Calls without a price are not in the sum, so it says itself whether it is the whole.
    private static JsonObject Cost(JsonObject row, SpanStatistics? group)
    {
        row["cost_usd"] = group?.CostUsd;
        row["cost_is_complete"] = (group?.UnpricedCalls ?? 0) == 0;
        row["unpriced_calls"] = group?.UnpricedCalls ?? 0;
        row["total_calls"] = group?.Calls ?? 0;
        row["error_count"] = group?.Errors ?? 0;
        row["usage"] = RunJson.Usage(group?.Usage ?? RunUsage.None);
        row["first_called_at"] = group?.FirstCalledAt;
        row["last_called_at"] = group?.LastCalledAt;
        return row;
    }

    private static JsonObject Group(StatisticsQuery query, SpanStatistics group)
    {
        var row = new JsonObject();
        foreach (var (key, value) in query.By.Zip(group.Group))
            row[MemberOf(key)] = value;
        if (group.Type is not null)
            row["type"] = group.Type;
        return row;
    }

    private static string MemberOf(StatisticsKey key) => key switch
    {
        StatisticsKey.Name or StatisticsKey.Type or StatisticsKey.Model or StatisticsKey.Day => AgentJson.Word(key),
        _ => $"{AgentJson.Word(key)}_id",
    };
}
