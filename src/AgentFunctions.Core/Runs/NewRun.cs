// What a new run begins with, whoever starts it.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using AgentFunctions.Models;

namespace AgentFunctions.Runs;

/// <summary>The first event and message of a run.</summary>
public static class NewRun
{
    public static NewRunEvent StartEvent(RunRecord run)
    {
        var data = new JsonObject
        {
            ["run_id"] = run.RunId,
            ["agent_id"] = run.AgentId,
            ["session_id"] = run.SessionId,
            ["user_id"] = run.UserId,
            ["trace_id"] = run.TraceId,
            ["model"] = run.Model,
            ["input"] = run.Input,
            ["metadata"] = run.Metadata?.DeepClone(),
        };
        return new NewRunEvent(RunEventTypes.RunStart, data, run.CreatedAt, "start");
    }

    /// <summary>None for an agent with pre-hooks: CheckInput stores the input as they leave it, so that what they remove is never in the conversation.</summary>
    public static IReadOnlyList<NewMessage> FirstMessages(RunRecord run, AgentDefinition agent) =>
        agent.HooksAt(HookPoints.PreRun).Count == 0 ? [InputMessage(run)] : [];

    public static NewMessage InputMessage(RunRecord run) => new("input", 0, Message.User(run.Input), run.CreatedAt);
}
