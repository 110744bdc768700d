// Whose event it is: the run's own, or one that was relayed from a member.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Dialects;

/// <summary>The run that an event in another run's log is about.</summary>
/// <param name="Depth">Below the run whose log it is; 0 for its own events.</param>
internal sealed record EventSource(string RunId, string AgentId, RunKind Kind, string? ParentRunId, int Depth)
{
    public static EventSource Of(RunRecord run, RunEvent stored)
    {
        var data = stored.Data;
        if (Text(data, "run_id") is not { } runId || runId == run.RunId)
            return new EventSource(run.RunId, run.AgentId, run.Kind, run.ParentRunId, 0);
        return new EventSource(
            runId, Text(data, "agent_id") ?? run.AgentId,
            Enum.TryParse<RunKind>(Text(data, "kind"), ignoreCase: true, out var kind) ? kind : RunKind.Agent,
            Text(data, "parent_run_id"),
            data["depth"] is JsonValue depth && depth.TryGetValue<int>(out var levels) ? levels : 1);
    }

    public static string? Text(JsonObject data, string key) =>
        data[key] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
