// OpenAI's chat completions as their servers send them, and pieces to build odd answers from.
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.Fakes;

internal sealed class FakeOpenAI() : FakeModelServer("/v1/chat/completions")
{
    public const string Done = "data: [DONE]\n\n";

    public string BaseUrl => Address + "/v1";

    public static async Task<FakeOpenAI> StartNewAsync()
    {
        var server = new FakeOpenAI();
        await server.StartAsync();
        return server;
    }

    /// <summary>A whole answer of text, one chunk for each token.</summary>
    public static FakeReply Answer(params string[] tokens) =>
        FakeReply.Stream().Send(Role()).Send([.. tokens.Select(Text)]).Send(Finish("stop"), Usage(), Done);

    /// <summary>A whole answer that calls one tool, its arguments split over two chunks.</summary>
    public static FakeReply Call(string id, string tool, string arguments)
    {
        var half = arguments.Length / 2;
        return FakeReply.Stream().Send(
            Role(),
            CallDelta(0, id, tool, arguments[..half]),
            CallDelta(0, null, null, arguments[half..]),
            Finish("tool_calls"), Usage(), Done);
    }

    public static string Role() => Delta(new JsonObject { ["role"] = "assistant", ["content"] = "", ["refusal"] = null });

    public static string Text(string token) => Delta(new JsonObject { ["content"] = token });

    public static string Reasoning(string token, string field = "reasoning_content") => Delta(new JsonObject { ["content"] = null, [field] = token });

    public static string CallDelta(int? index, string? id, string? tool, string arguments)
    {
        var call = new JsonObject();
        if (index is not null)
            call["index"] = index;
        if (id is not null)
            (call["id"], call["type"]) = (id, "function");
        call["function"] = new JsonObject { ["arguments"] = arguments };
        if (tool is not null)
            call["function"]!["name"] = tool;
        return Delta(new JsonObject { ["tool_calls"] = new JsonArray(call) });
    }

    public static string Finish(string reason) => Chunk($$"""[{"index":0,"delta":{},"logprobs":null,"finish_reason":"{{reason}}"}]""");

    public static string Usage(string? usage = null) => Chunk("[]", usage ?? """
        {"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2,"accepted_prediction_tokens":0}}
        """.Trim());

    public static string Delta(JsonObject delta) => Chunk($$"""[{"index":0,"delta":{{delta.ToJsonString()}},"logprobs":null,"finish_reason":null}]""");

    private static string Chunk(string choices, string usage = "null") =>
        $$"""data: {"id":"chatcmpl-7","object":"chat.completion.chunk","created":1700000000,"model":"fake-model-2026","system_fingerprint":"fp_1","choices":{{choices}},"usage":{{usage}}}""" + "\n\n";
}
