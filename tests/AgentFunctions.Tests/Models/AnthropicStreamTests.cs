// Anthropic's messages API, over real HTTP.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class AnthropicStreamTests : StreamTests
{
    private readonly FakeAnthropic _server;

    public AnthropicStreamTests()
        : this(new FakeAnthropic())
    {
    }

    private AnthropicStreamTests(FakeAnthropic server)
        : base(server) => _server = server;

    private protected override ModelDefinition Model => ModelBench.Anthropic(_server.BaseUrl);

    [Fact]
    public async Task Text_is_streamed_token_by_token_with_id_model_and_finish_reason()
    {
        var answer = await CallAsync(FakeAnthropic.Answer("Hel", "lo"));

        Assert.Equal(["Hel", "lo"], answer.Tokens);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.All(answer.Updates, u => Assert.Equal(("msg_1", "fake-claude-2026"), (u.ResponseId, u.ModelId)));
    }

    [Fact]
    public async Task The_prompt_is_what_was_sent_plus_what_was_read_from_and_written_to_the_cache()
    {
        var answer = await CallAsync(FakeAnthropic.Answer("Hello"));

        Assert.Equal(7, answer.Usage.ReasoningTokenCount);
        var usage = MessageConversion.ToRunUsage(answer.Usage);
        Assert.Equal((20, 15, 6, 4), (usage.PromptTokens, usage.CompletionTokens, usage.CachedTokens, usage.CacheWriteTokens));
        Assert.Equal(35, answer.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task A_token_reaches_the_caller_while_the_server_still_writes()
    {
        var rest = new TaskCompletionSource();
        _server.Enqueue(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "first")).Gate(rest.Task).Send(FakeAnthropic.End("end_turn")));
        await using var updates = Bench.Stream(Model, cancellationToken: ModelBench.Soon).GetAsyncEnumerator();

        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("first", updates.Current.Text);
        rest.SetResult();
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal(ChatFinishReason.Stop, updates.Current.FinishReason);
    }

    [Fact]
    public async Task Text_and_several_tool_calls_of_one_answer_are_given_whole_and_once()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "Let me see"))
            .Send(FakeAnthropic.ToolBlock(1, "toolu_1", "get_weather", """{"city":"Paris"}""")).Send(FakeAnthropic.ToolBlock(2, "toolu_2", "now", ""))
            .Send(FakeAnthropic.End("tool_use")));

        Assert.Equal("Let me see", answer.Text);
        Assert.Equal(["toolu_1 get_weather", "toolu_2 now"], answer.Calls.Select(c => $"{c.CallId} {c.Name}"));
        Assert.Equal("Paris", answer.Calls[0].Arguments!["city"]!.ToString());
        Assert.Empty(answer.Calls[1].Arguments!);
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
    }

    [Fact]
    public async Task Input_that_is_no_JSON_is_kept_as_text()
    {
        var call = Assert.Single((await CallAsync(FakeAnthropic.Call("toolu_1", "one", "{\"city\":"))).Calls);

        Assert.Null(call.Arguments);
        Assert.Equal("{\"city\":", call.AdditionalProperties![MessageConversion.RawArguments]);
    }

    [Fact]
    public async Task Thinking_is_streamed_and_goes_back_with_its_signature_before_the_tool_call_that_it_led_to()
    {
        _server.Enqueue(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.ThinkingBlock(0, "c2lnbmVk", "Let me ", "think"))
            .Send(FakeAnthropic.ToolBlock(1, "toolu_1", "now", "{}")).Send(FakeAnthropic.End("tool_use")));
        var answer = await Bench.CallAsync(Model);
        Assert.Equal("Let me think", answer.Reasoning);

        var stored = Stored(answer);
        _server.Enqueue(FakeAnthropic.Answer("ok"));
        await Bench.CallAsync(Model, Message.User("Hello"), stored, Message.ToolResult("toolu_1", JsonElement.Parse("\"noon\"")));
        var sent = _server.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content");
        Assert.Equal("""[{"type":"thinking","thinking":"Let me think","signature":"c2lnbmVk"},{"type":"tool_use","id":"toolu_1","name":"now","input":{}}]""", sent.GetRawText());
    }

    [Fact]
    public async Task Thinking_whose_text_is_withheld_still_goes_back_with_its_signature()
    {
        _server.Enqueue(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.ThinkingBlock(0, "c2ln"))
            .Send(FakeAnthropic.TextBlock(1, "Hi")).Send(FakeAnthropic.End("end_turn")), FakeAnthropic.Answer("ok"));
        var stored = Stored(await Bench.CallAsync(Model));

        await Bench.CallAsync(Model, Message.User("Hello"), stored, Message.User("And?"));
        var sent = _server.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content")[0];
        Assert.Equal("""{"type":"thinking","thinking":"","signature":"c2ln"}""", sent.GetRawText());
    }

    [Fact]
    public async Task Redacted_thinking_goes_back_unchanged()
    {
        _server.Enqueue(FakeReply.Stream().Send(FakeAnthropic.Start())
            .Send(FakeAnthropic.Block(0, new JsonObject { ["type"] = "redacted_thinking", ["data"] = "b3BhcXVl" }, []))
            .Send(FakeAnthropic.TextBlock(1, "Hi")).Send(FakeAnthropic.End("end_turn")), FakeAnthropic.Answer("ok"));
        var stored = Stored(await Bench.CallAsync(Model));

        await Bench.CallAsync(Model, Message.User("Hello"), stored, Message.User("And?"));
        var sent = _server.Requests.Last().Json.GetProperty("messages")[1].GetProperty("content")[0];
        Assert.Equal("""{"type":"redacted_thinking","data":"b3BhcXVl"}""", sent.GetRawText());
    }

    [Theory]
    [InlineData("max_tokens", "length")]
    [InlineData("refusal", "content_filter")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("something_new", "stop")]
    public async Task Stop_reasons_are_told_not_thrown(string sent, string told)
    {
        var answer = await CallAsync(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "a")).Send(FakeAnthropic.End(sent)));
        Assert.Equal(told, answer.FinishReason!.Value.Value);
    }

    // As it comes out of the run store: one message, through JSON.
    private static Message Stored(Answer answer)
    {
        var response = answer.Updates.ToChatResponse();
        var message = MessageConversion.ToMessage(Assert.Single(response.Messages), response.FinishReason);
        return AgentFunctions.Agents.AgentJson.Deserialize<Message>(AgentFunctions.Agents.AgentJson.Serialize(message));
    }
}
