// The JSON that the API shows of a run.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Output;

namespace AgentFunctions.Runs;

/// <summary>Run rows and usage as the HTTP API and the events print them.</summary>
public static class RunJson
{
    public static JsonObject Usage(RunUsage usage) => new()
    {
        ["prompt_tokens"] = usage.PromptTokens,
        ["completion_tokens"] = usage.CompletionTokens,
        ["total_tokens"] = usage.TotalTokens,
        ["reasoning_tokens"] = usage.ReasoningTokens,
        ["cached_tokens"] = usage.CachedTokens,
    };

    public static JsonObject Run(RunRecord run)
    {
        var json = new JsonObject
        {
            ["run_id"] = run.RunId,
            ["kind"] = AgentJson.Word(run.Kind),
            ["status"] = AgentJson.Word(run.Status),
            ["agent_id"] = run.AgentId,
            ["session_id"] = run.SessionId,
            ["user_id"] = run.UserId,
            ["trace_id"] = run.TraceId,
            ["parent_run_id"] = run.ParentRunId,
            ["depth"] = run.Depth,
            ["team_id"] = run.TeamId,
            ["workflow_id"] = run.WorkflowId,
            ["model"] = run.Model,
            ["answered_by"] = run.AnsweredBy,
            ["content"] = run.Content,
            ["steps"] = run.Steps,
            ["termination_reason"] = run.TerminationReason,
            ["usage"] = Usage(run.Usage),
            ["cost_usd"] = run.CostUsd,
            ["unpriced_calls"] = run.UnpricedCalls,
            ["created_at"] = run.CreatedAt,
            ["started_at"] = run.StartedAt,
            ["finished_at"] = run.FinishedAt,
            ["duration"] = Duration(run),
            ["time_to_first_token"] = run.TimeToFirstTokenSeconds,
            ["metadata"] = run.Metadata?.DeepClone(),
            ["links"] = Links(run.RunId),
        };
        if (RunOutput.Of(run) is { } output)
            json["output"] = output;
        if (run.Error is { } error)
            json["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message, ["details"] = error.Details?.DeepClone() };
        if (run.Approvals is { } approvals)
            json["approvals"] = new JsonArray([.. approvals.Select(id => JsonValue.Create(id))]);
        if (run.CancelRequestedAt is { } at)
            json["cancel_requested_at"] = at;
        return json;
    }

    /// <summary>Where the rest of a run is found.</summary>
    public static JsonObject Links(string runId)
    {
        var self = $"/api/v1/runs/{runId}";
        return new JsonObject
        {
            ["self"] = self,
            ["events"] = $"{self}/events",
            ["messages"] = $"{self}/messages",
            ["trace"] = $"{self}/trace",
            ["history"] = $"{self}/history",
            ["cancel"] = $"{self}/cancel",
        };
    }

    // Seconds; of an unfinished run there is none yet.
    private static double? Duration(RunRecord run) =>
        run.FinishedAt is { } end ? (end - (run.StartedAt ?? run.CreatedAt)).TotalSeconds : null;
}
