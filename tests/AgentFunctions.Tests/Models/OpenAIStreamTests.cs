// Chat completions of OpenAI and of the servers that speak almost the same, over real HTTP.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class OpenAIStreamTests : StreamTests
{
    private readonly FakeOpenAI _server;

    public OpenAIStreamTests()
        : this(new FakeOpenAI())
    {
    }

    private OpenAIStreamTests(FakeOpenAI server)
        : base(server) => _server = server;

    private protected override ModelDefinition Model => ModelBench.OpenAI(_server.BaseUrl);

    [Fact]
    public async Task Text_is_streamed_token_by_token_with_id_model_usage_and_finish_reason()
    {
        var answer = await CallAsync(FakeOpenAI.Answer("Hel", "lo ", "there"));

        Assert.Equal(["Hel", "lo ", "there"], answer.Tokens);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.All(answer.Updates, u => Assert.Equal(("chatcmpl-7", "fake-model-2026"), (u.ResponseId, u.ModelId)));
        Assert.Equal((20, 5, 25), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount));
        Assert.Equal((8, 2), (answer.Usage.CachedInputTokenCount, answer.Usage.ReasoningTokenCount));
    }

    [Fact]
    public async Task A_token_reaches_the_caller_while_the_server_still_writes()
    {
        var rest = new TaskCompletionSource();
        _server.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Text("first")).Gate(rest.Task).Send(FakeOpenAI.Text("second"), FakeOpenAI.Finish("stop"), FakeOpenAI.Done));
        await using var updates = Bench.Stream(Model, cancellationToken: ModelBench.Soon).GetAsyncEnumerator();

        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("first", updates.Current.Text);
        rest.SetResult();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("second", updates.Current.Text);
    }

    [Fact]
    public async Task A_tool_call_split_over_deltas_is_given_once_and_whole()
    {
        var answer = await CallAsync(FakeOpenAI.Call("call_a", "get_weather", """{"city":"Köln","days":3}"""));

        var call = Assert.Single(answer.Calls);
        Assert.Equal(("call_a", "get_weather"), (call.CallId, call.Name));
        Assert.Equal("""{"city":"Köln","days":3}""", JsonSerializer.Serialize(call.Arguments, AgentFunctions.Agents.AgentJson.Options));
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
    }

    [Fact]
    public async Task Interleaved_deltas_of_parallel_calls_are_sorted_by_index()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(
            FakeOpenAI.CallDelta(0, "a", "one", "{\"n\""), FakeOpenAI.CallDelta(1, "b", "two", ""),
            FakeOpenAI.CallDelta(1, null, null, "{\"n\":2}"), FakeOpenAI.CallDelta(0, null, null, ":1}"),
            FakeOpenAI.Finish("tool_calls"), FakeOpenAI.Done));

        Assert.Equal(["a one 1", "b two 2"], answer.Calls.Select(c => $"{c.CallId} {c.Name} {c.Arguments!["n"]}"));
    }

    [Fact]
    public async Task Calls_that_all_have_index_zero_or_none_are_told_apart_by_their_ids()
    {
        var sameIndex = await CallAsync(FakeReply.Stream().Send(
            FakeOpenAI.CallDelta(0, "a", "one", "{}"), FakeOpenAI.CallDelta(0, "b", "two", "{}"), FakeOpenAI.Finish("stop")));
        var noIndex = await CallAsync(FakeReply.Stream().Send(
            FakeOpenAI.CallDelta(null, "a", "one", "{}"), FakeOpenAI.CallDelta(null, "b", "two", "{\"x\":"), FakeOpenAI.CallDelta(null, null, null, "1}"), FakeOpenAI.Finish("stop")));

        Assert.Equal(["one", "two"], sameIndex.Calls.Select(c => c.Name));
        Assert.Equal(ChatFinishReason.ToolCalls, sameIndex.FinishReason);
        Assert.Equal(["one", "two"], noIndex.Calls.Select(c => c.Name));
        Assert.Equal("1", noIndex.Calls[1].Arguments!["x"]!.ToString());
    }

    [Fact]
    public async Task A_name_and_id_repeated_in_every_delta_make_one_call()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(
            FakeOpenAI.CallDelta(0, "a", "one", "{\"x\":"), FakeOpenAI.CallDelta(0, "a", "one", "1}"), FakeOpenAI.Finish("tool_calls")));

        var call = Assert.Single(answer.Calls);
        Assert.Equal(("a", "one", "1"), (call.CallId, call.Name, call.Arguments!["x"]!.ToString()));
    }

    [Fact]
    public async Task Calls_without_ids_get_ids_that_are_the_same_on_every_attempt_and_differ_between_steps()
    {
        FakeReply Reply() => FakeReply.Stream().Send(
            FakeOpenAI.CallDelta(0, null, "one", "{}"), FakeOpenAI.CallDelta(1, null, "two", "{}"), FakeOpenAI.Finish("tool_calls"));
        _server.Enqueue(Reply(), Reply(), Reply());
        Message[] step1 = [Message.User("go")];
        Message[] step2 = [.. step1, Message.User("on")];

        var first = (await Bench.CallAsync(Model, step1)).Calls.Select(c => c.CallId).ToArray();
        var again = (await Bench.CallAsync(Model, step1)).Calls.Select(c => c.CallId).ToArray();
        var later = (await Bench.CallAsync(Model, step2)).Calls.Select(c => c.CallId).ToArray();

        Assert.Equal(first, again);
        Assert.Equal(4, first.Concat(later).Distinct().Count());
    }

    [Fact]
    public async Task An_id_that_the_conversation_already_has_is_replaced()
    {
        _server.Enqueue(FakeOpenAI.Call("functions.one:0", "one", "{}"));
        var answer = await Bench.CallAsync(Model, Message.User("go"), Called("functions.one:0", "one"), Message.ToolResult("functions.one:0", JsonElement.Parse("1")));

        Assert.NotEqual("functions.one:0", Assert.Single(answer.Calls).CallId);
    }

    [Theory]
    [InlineData("{\"city\":")]
    [InlineData("[1]")]
    public async Task Arguments_that_are_no_JSON_object_are_kept_as_text_and_sent_back_as_JSON(string arguments)
    {
        var call = Assert.Single((await CallAsync(FakeOpenAI.Call("a", "one", arguments))).Calls);
        Assert.Null(call.Arguments);
        Assert.Equal(arguments, call.AdditionalProperties![MessageConversion.RawArguments]);

        _server.Enqueue(FakeOpenAI.Answer("ok"));
        await Bench.CallAsync(Model, Message.User("go"), MessageConversion.ToMessage(new ChatMessage(ChatRole.Assistant, [call])), Message.ToolResult("a", JsonElement.Parse("\"invalid\"")));
        var sent = _server.Requests.Last().Json.GetProperty("messages")[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!;
        Assert.Equal(arguments, JsonElement.Parse(sent).GetProperty("raw_arguments").GetString());
    }

    [Fact]
    public async Task A_call_without_arguments_has_none()
    {
        Assert.Empty(Assert.Single((await CallAsync(FakeOpenAI.Call("a", "now", ""))).Calls).Arguments!);
    }

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    public async Task Reasoning_is_streamed_apart_from_text(string field)
    {
        var answer = await CallAsync(FakeReply.Stream().Send(
            FakeOpenAI.Reasoning("I think ", field), FakeOpenAI.Reasoning("so", field), FakeOpenAI.Text("Yes"), FakeOpenAI.Finish("stop"), FakeOpenAI.Done));

        Assert.Equal(("I think so", "Yes"), (answer.Reasoning, answer.Text));
    }

    [Fact]
    public async Task Content_in_typed_pieces_is_told_apart_as_thinking_and_text()
    {
        var pieces = JsonNode.Parse("""[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Yes"}]""");
        var answer = await CallAsync(FakeReply.Stream().Send(FakeOpenAI.Delta(new JsonObject { ["content"] = pieces }), FakeOpenAI.Finish("stop")));

        Assert.Equal(("hm", "Yes"), (answer.Reasoning, answer.Text));
    }

    [Fact]
    public async Task Comments_pings_empty_choices_and_unknown_members_are_passed_over()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(
            ": OPENROUTER PROCESSING\n\n", "data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}\n\n", FakeOpenAI.Text("a"),
            "event: ping\ndata: {}\n\n", "data: {\"choices\":null,\"surprise\":[1]}\n\n", FakeOpenAI.Text("b"), FakeOpenAI.Finish("stop"), FakeOpenAI.Done));

        Assert.Equal("ab", answer.Text);
    }

    [Fact]
    public async Task An_event_cut_anywhere_by_the_network_is_read_whole()
    {
        var bytes = FakeOpenAI.Text("tsch\u00fc\u00df") + FakeOpenAI.Finish("stop");
        var answer = await CallAsync(FakeReply.Stream().Send([.. bytes.Chunk(7).Select(c => new string(c))]));

        Assert.Equal("tsch\u00fc\u00df", answer.Text);
    }

    [Fact]
    public async Task Usage_sent_more_than_once_counts_once_and_the_last_stands()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(
            FakeOpenAI.Usage("""{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}"""), FakeOpenAI.Text("a"), FakeOpenAI.Finish("stop"),
            FakeOpenAI.Usage("""{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}"""), FakeOpenAI.Done));

        Assert.Equal((9, 3), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Reasoning_that_is_only_in_the_total_counts_as_output()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(FakeOpenAI.Text("a"), FakeOpenAI.Finish("stop"),
            FakeOpenAI.Usage("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}"""), FakeOpenAI.Done));

        Assert.Equal((35, 45, 30), (answer.Usage.OutputTokenCount, answer.Usage.TotalTokenCount, answer.Usage.ReasoningTokenCount));
    }

    [Theory]
    [InlineData("length", "length")]
    [InlineData("content_filter", "content_filter")]
    [InlineData("eos", "stop")]
    public async Task Finish_reasons_are_told_not_thrown(string sent, string told)
    {
        var answer = await CallAsync(FakeReply.Stream().Send(FakeOpenAI.Text("a"), FakeOpenAI.Finish(sent), FakeOpenAI.Done));
        Assert.Equal(told, answer.FinishReason!.Value.Value);
    }

    internal static Message Called(string id, string tool, string arguments = "{}") => new()
    {
        Role = "assistant",
        Parts = [new MessagePart { Type = MessagePart.ToolCallType, Id = id, Name = tool, Arguments = JsonElement.Parse(arguments) }],
    };
}
