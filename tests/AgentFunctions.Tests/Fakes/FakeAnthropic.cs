// Anthropic's messages as their servers send them, and pieces to build odd answers from.
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.Fakes;

internal sealed class FakeAnthropic() : FakeModelServer("/v1/messages")
{
    public const string DefaultUsage =
        """{"input_tokens":10,"cache_creation_input_tokens":4,"cache_read_input_tokens":6,"output_tokens":1}""";

    public string BaseUrl => Address;

    public static async Task<FakeAnthropic> StartNewAsync()
    {
        var server = new FakeAnthropic();
        await server.StartAsync();
        return server;
    }

    /// <summary>A whole answer of text, one delta for each token.</summary>
    public static FakeReply Answer(params string[] tokens) =>
        FakeReply.Stream().Send(Start(), Ping()).Send(TextBlock(0, tokens)).Send(End("end_turn"));

    /// <summary>A whole answer that calls one tool.</summary>
    public static FakeReply Call(string id, string tool, string arguments) =>
        FakeReply.Stream().Send(Start()).Send(ToolBlock(0, id, tool, arguments)).Send(End("tool_use"));

    public static string Start(string usage = DefaultUsage) => Event("message_start", $$$"""
        {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"fake-claude-2026","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{{usage}}}}}
        """);

    public static string Ping() => Event("ping", """{"type":"ping"}""");

    public static string[] TextBlock(int index, params string[] tokens) => Block(index,
        new JsonObject { ["type"] = "text", ["text"] = "" },
        tokens.Select(t => new JsonObject { ["type"] = "text_delta", ["text"] = t }));

    public static string[] ThinkingBlock(int index, string signature, params string[] thoughts) => Block(index,
        new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" },
        [.. thoughts.Select(t => new JsonObject { ["type"] = "thinking_delta", ["thinking"] = t }), new JsonObject { ["type"] = "signature_delta", ["signature"] = signature }]);

    /// <summary>A tool_use block with its input split into three deltas, the first of them empty as the API sends it.</summary>
    public static string[] ToolBlock(int index, string id, string tool, string arguments)
    {
        string[] parts = ["", arguments[..(arguments.Length / 2)], arguments[(arguments.Length / 2)..]];
        return Block(index,
            new JsonObject { ["type"] = "tool_use", ["id"] = id, ["name"] = tool, ["input"] = new JsonObject() },
            parts.Select(p => new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = p }));
    }

    public static string[] Block(int index, JsonObject block, IEnumerable<JsonObject> deltas) =>
    [
        Event("content_block_start", new JsonObject { ["type"] = "content_block_start", ["index"] = index, ["content_block"] = block }.ToJsonString()),
        .. deltas.Select(d => Event("content_block_delta", new JsonObject { ["type"] = "content_block_delta", ["index"] = index, ["delta"] = d }.ToJsonString())),
        Event("content_block_stop", $$$"""{"type":"content_block_stop","index":{{{index}}}}"""),
    ];

    public const string EndUsage = """{"output_tokens":15,"output_tokens_details":{"thinking_tokens":7}}""";

    public static string[] End(string stopReason, string usage = EndUsage) =>
    [
        Event("message_delta", $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{stopReason}}}","stop_sequence":null},"usage":{{{usage}}} }"""),
        Event("message_stop", """{"type":"message_stop"}"""),
    ];

    public static string Error(string type, string message) =>
        Event("error", $$$"""{"type":"error","error":{"type":"{{{type}}}","message":"{{{message}}}"}}""");

    private static string Event(string name, string data) => $"event: {name}\ndata: {data.Trim()}\n\n";
}
