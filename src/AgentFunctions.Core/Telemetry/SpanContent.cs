// The content attributes of spans, in the JSON shapes of the GenAI conventions.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Spans;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry;

internal static class SpanContent
{
    public const string Json = "application/json";
    public const string Text = "text/plain";

    /// <param name="output">The answer; null when the call failed.</param>
    public static Dictionary<string, string> OfChat(AgentDefinition agent, IReadOnlyList<Message> input, Message? output, string? finishReason)
    {
        var content = OfAgent(agent);
        // Not once more as input.value: the messages are most of a trace, and who needs them so has an alias set.
        content[InputMessages] = AgentJson.Serialize(input.Select(m => m.WithoutData()));
        if (output is not null)
            content[OutputMessages] = AgentJson.Serialize(new[] { WithFinishReason(output, finishReason) });
        return content;
    }

    public static Dictionary<string, string> OfTool(JsonElement? arguments, JsonElement? response)
    {
        var content = new Dictionary<string, string>();
        if (arguments is { } a)
            AddInput(content, ToolCallArguments, a.GetRawText());
        if (response is { } r)
            AddOutput(content, ToolCallResult, r.GetRawText());
        return content;
    }

    public static Dictionary<string, string> OfRun(RunRecord run, AgentDefinition agent, string? finishReason)
    {
        var content = OfAgent(agent);
        content[InputMessages] = AgentJson.Serialize(new[] { Message.User(run.Input) });
        (content[InputValue], content[InputMimeType]) = (run.Input, Text);
        if (run.Content is { } answer)
        {
            var message = new Message { Role = "assistant", Parts = [MessagePart.OfText(answer)] };
            content[OutputMessages] = AgentJson.Serialize(new[] { WithFinishReason(message, finishReason) });
            (content[OutputValue], content[OutputMimeType]) = (answer, Text);
        }

        return content;
    }

    /// <param name="input">Null when it is not recorded.</param>
    /// <param name="output">Null when there was none.</param>
    public static Dictionary<string, string> OfText(string? input, string? output)
    {
        var content = new Dictionary<string, string>();
        if (input is not null)
            (content[InputValue], content[InputMimeType]) = (input, Text);
        if (output is not null)
            (content[OutputValue], content[OutputMimeType]) = (output, Text);
        return content;
    }

    /// <param name="note">What the person who decided wrote.</param>
    public static Dictionary<string, string> OfApproval(JsonElement? arguments, string? note)
    {
        var content = OfText(null, note);
        if (arguments is { } a)
            AddInput(content, ToolCallArguments, a.GetRawText());
        return content;
    }

    public static Dictionary<string, string> OfRetrieval(RetrievalFacts retrieval)
    {
        var content = OfText(retrieval.Query, null);
        content[RetrievalQuery] = retrieval.Query;
        content[RetrievalDocuments] = AgentJson.Serialize(retrieval.Documents);
        return content;
    }

    private static Dictionary<string, string> OfAgent(AgentDefinition agent)
    {
        var content = new Dictionary<string, string>
        {
            [SystemInstructions] = AgentJson.Serialize(new[] { MessagePart.OfText(agent.Prompt) }),
        };
        if (agent.Tools.Count > 0)
            content[ToolDefinitions] = AgentJson.Serialize(agent.Tools.Select(t => new { Type = "function", t.Name, t.Description, t.ForModel.Parameters }));
        return content;
    }

    // Readers such as Phoenix drop the whole list when one output message has no finish reason.
    private static Message WithFinishReason(Message message, string? finishReason) =>
        message.FinishReason is null ? message with { FinishReason = finishReason ?? "stop" } : message;

    private static void AddInput(Dictionary<string, string> content, string key, string json) =>
        (content[key], content[InputValue], content[InputMimeType]) = (json, json, Json);

    private static void AddOutput(Dictionary<string, string> content, string key, string json) =>
        (content[key], content[OutputValue], content[OutputMimeType]) = (json, json, Json);
}
