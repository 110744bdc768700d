// A leader's calls of members in the team's stream: `tool_call` events, as for any tool, with the member's run.
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Teams;

internal static class DelegationEvents
{
    public static NewRunEvent Started(ToolStep step, MessagePart call, string memberRunId, DateTimeOffset now) =>
        new(RunEventTypes.ToolCall, Data(step, call, memberRunId, "started"), now, $"{step.Key}:started");

    public static NewRunEvent Completed(ToolStep step, MessagePart call, Delegation delegation, JsonNode? result, TimeSpan duration, DateTimeOffset now)
    {
        var data = Data(step, call, delegation.Outcome.RunId, "completed");
        data["result"] = result;
        data["duration"] = duration.TotalSeconds;
        if (delegation.Error is { } error)
            data["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        return new(RunEventTypes.ToolCall, data, now);
    }

    private static JsonObject Data(ToolStep step, MessagePart call, string memberRunId, string status) => new()
    {
        ["tool_name"] = call.Name,
        ["tool_call_id"] = call.Id,
        ["status"] = status,
        ["step"] = step.Step,
        ["arguments"] = call.Arguments is { } arguments ? JsonNode.Parse(arguments.GetRawText()) : null,
        ["member_run_id"] = memberRunId,
    };
}
