// Which words of AgentOS one stored event is told in.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Dialects;

internal static class AgentOsEvents
{
    private static readonly IEnumerable<(string, JsonObject)> _none = [];

    public static IEnumerable<(string Name, JsonObject Fields)> Of(EventSource source, RunEvent stored) => stored.Type switch
    {
        RunEventTypes.RunStart => [(Started(source.Kind), Pick(stored, "input", "model", "metadata"))],
        RunEventTypes.Token => Content(source, stored),
        RunEventTypes.Reasoning => Reasoning(source, stored),
        RunEventTypes.ToolCall => [ToolCall(source, stored)],
        RunEventTypes.ModelRequest => [ModelRequest(source, stored)],
        RunEventTypes.Hook => [Hook(source, stored)],
        RunEventTypes.Approval => Approval(source, stored),
        RunEventTypes.Step => AgentOsSteps.Of(stored),
        RunEventTypes.Summary => [(Prefixed(source, Text(stored, "status") == "started" ? "SessionSummaryStarted" : "SessionSummaryCompleted"), Pick(stored, "session_summary"))],
        RunEventTypes.Complete or RunEventTypes.MemberComplete => Complete(source, stored),
        RunEventTypes.Error or RunEventTypes.MemberError => [Error(source, stored)],
        _ => _none,
    };

    private static string Started(RunKind kind) => kind == RunKind.Workflow ? "WorkflowStarted" : Prefixed(kind, "RunStarted");

    private static IEnumerable<(string, JsonObject)> Content(EventSource source, RunEvent stored) => Text(stored, "token") is { Length: > 0 } token
        ? [(Prefixed(source, "RunContent"), new JsonObject { ["content"] = token, ["content_type"] = "str" })]
        : _none;

    // The first delta begins the reasoning; the event with the whole text ends it.
    private static IEnumerable<(string, JsonObject)> Reasoning(EventSource source, RunEvent stored)
    {
        if (Text(stored, "delta") is { } delta)
        {
            if (stored.Data["index"] is JsonValue index && index.TryGetValue<int>(out var first) && first == 0)
                yield return (Prefixed(source, "ReasoningStarted"), []);
            yield return (Prefixed(source, "ReasoningContentDelta"), new JsonObject { ["reasoning_content"] = delta });
        }
        else
        {
            yield return (Prefixed(source, "ReasoningStep"), new JsonObject { ["reasoning_content"] = Text(stored, "content") });
            yield return (Prefixed(source, "ReasoningCompleted"), new JsonObject { ["content"] = Text(stored, "content"), ["content_type"] = "str" });
        }
    }

    private static (string, JsonObject) ToolCall(EventSource source, RunEvent stored)
    {
        var error = stored.Data["error"] as JsonObject;
        var tool = new JsonObject
        {
            ["tool_call_id"] = Text(stored, "tool_call_id"),
            ["tool_name"] = Text(stored, "tool_name"),
            ["tool_args"] = stored.Data["arguments"]?.DeepClone(),
        };
        if (Text(stored, "status") == "started")
            return (Prefixed(source, "ToolCallStarted"), new JsonObject { ["tool"] = tool });
        tool["tool_call_error"] = error is not null;
        tool["result"] = stored.Data["result"]?.DeepClone();
        tool["metrics"] = new JsonObject { ["duration"] = stored.Data["duration"]?.DeepClone() };
        return error is null
            ? (Prefixed(source, "ToolCallCompleted"), new JsonObject { ["tool"] = tool, ["content"] = stored.Data["result"]?.ToJsonString(AgentJson.Options) })
            : (Prefixed(source, "ToolCallError"), new JsonObject { ["tool"] = tool, ["error"] = error["message"]?.DeepClone() });
    }

    private static (string, JsonObject) ModelRequest(EventSource source, RunEvent stored) =>
        Text(stored, "status") == "started"
            ? (Prefixed(source, "ModelRequestStarted"), Pick(stored, "model", "model_provider"))
            : (Prefixed(source, "ModelRequestCompleted"), Pick(
                stored, "model", "model_provider", "input_tokens", "output_tokens", "total_tokens", "reasoning_tokens", "cache_read_tokens", "cache_write_tokens",
                "time_to_first_token", "duration", "error"));

    private static (string, JsonObject) Hook(EventSource source, RunEvent stored)
    {
        var point = Text(stored, "point")?.StartsWith("pre", StringComparison.Ordinal) == true ? "PreHook" : "PostHook";
        var fields = Pick(stored, "duration");
        fields[point == "PreHook" ? "pre_hook_name" : "post_hook_name"] = Text(stored, "name");
        return (Prefixed(source, point + (Text(stored, "status") == "started" ? "Started" : "Completed")), fields);
    }

    private static IEnumerable<(string, JsonObject)> Approval(EventSource source, RunEvent stored)
    {
        var fields = Pick(stored, "approval_id", "tool_name", "arguments", "pause_type", "status", "resolved_by", "note");
        return Text(stored, "status") switch
        {
            "pending" when source.Kind == RunKind.Workflow => [("WorkflowPaused", fields), ("StepPaused", (JsonObject)fields.DeepClone())],
            "pending" => [(Prefixed(source, "RunPaused"), fields)],
            "escalated" or null => _none,
            _ when source.Kind == RunKind.Workflow => [("StepContinued", fields)],
            _ => [(Prefixed(source, "RunContinued"), fields)],
        };
    }

    private static IEnumerable<(string, JsonObject)> Complete(EventSource source, RunEvent stored)
    {
        var cancelled = Text(stored, "status") == "cancelled";
        if (source.Kind == RunKind.Workflow)
            return [(cancelled ? "WorkflowCancelled" : "WorkflowCompleted", Outcome(stored, cancelled))];
        return cancelled
            ? [(Prefixed(source, "RunCancelled"), Outcome(stored, cancelled))]
            : [(Prefixed(source, "RunContentCompleted"), []), (Prefixed(source, "RunCompleted"), Outcome(stored, cancelled))];
    }

    private static JsonObject Outcome(RunEvent stored, bool cancelled)
    {
        if (cancelled)
            return new JsonObject { ["reason"] = Text(stored, "cancellation_reason") };
        var usage = stored.Data["usage"] as JsonObject;
        var metrics = new JsonObject
        {
            ["input_tokens"] = usage?["prompt_tokens"]?.DeepClone(),
            ["output_tokens"] = usage?["completion_tokens"]?.DeepClone(),
            ["total_tokens"] = usage?["total_tokens"]?.DeepClone(),
            ["reasoning_tokens"] = usage?["reasoning_tokens"]?.DeepClone(),
            ["cache_read_tokens"] = usage?["cached_tokens"]?.DeepClone(),
            ["cost"] = stored.Data["cost_usd"]?.DeepClone(),
            ["duration"] = stored.Data["duration"]?.DeepClone(),
            ["time_to_first_token"] = stored.Data["time_to_first_token"]?.DeepClone(),
        };
        return new JsonObject { ["content"] = Text(stored, "output"), ["content_type"] = "str", ["metrics"] = metrics };
    }

    private static (string, JsonObject) Error(EventSource source, RunEvent stored)
    {
        var fields = new JsonObject
        {
            ["content"] = Text(stored, "error"),
            ["error_type"] = Text(stored, "code"),
            ["additional_data"] = stored.Data["details"]?.DeepClone(),
        };
        return (source.Kind == RunKind.Workflow ? "WorkflowError" : Prefixed(source, "RunError"), fields);
    }

    private static string Prefixed(EventSource source, string name) => Prefixed(source.Kind, name);

    private static string Prefixed(RunKind kind, string name) => kind == RunKind.Team ? "Team" + name : name;

    private static string? Text(RunEvent stored, string key) => EventSource.Text(stored.Data, key);

    internal static JsonObject Pick(RunEvent stored, params string[] keys) =>
        new(keys.Where(stored.Data.ContainsKey).Select(key => KeyValuePair.Create(key, stored.Data[key]?.DeepClone())));
}
