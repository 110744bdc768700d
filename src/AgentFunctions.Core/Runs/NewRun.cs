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

    /// <summary>
    /// Of an agent with pre-hooks only the images: CheckInput stores the text as the hooks leave it, so that what they remove
    /// is never in the conversation.
    /// </summary>
    /// <param name="parts">What was asked where it is more than <see cref="RunRecord.Input"/>.</param>
    public static IReadOnlyList<NewMessage> FirstMessages(RunRecord run, AgentDefinition agent, IReadOnlyList<MessagePart>? parts = null)
    {
        if (agent.HooksAt(HookPoints.PreRun).Count == 0)
            return [parts is null ? InputMessage(run) : UserMessage("input", run, parts)];
        IReadOnlyList<MessagePart> images = [.. (parts ?? []).Where(p => p.Type != MessagePart.TextType)];
        return images.Count == 0 ? [] : [UserMessage("images", run, images)];
    }

    public static NewMessage InputMessage(RunRecord run) => UserMessage("input", run, [MessagePart.OfText(run.Input)]);

    private static NewMessage UserMessage(string key, RunRecord run, IReadOnlyList<MessagePart> parts) =>
        new(key, 0, new Message { Role = "user", Parts = parts }, run.CreatedAt);
}
