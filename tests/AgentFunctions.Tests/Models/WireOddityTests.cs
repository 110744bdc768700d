// What real servers do beside their documentation, recorded one by one.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class WireOddityTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly ModelBench _bench = new();
    private readonly FakeOpenAI _openAI = new();
    private readonly FakeAnthropic _anthropic = new();

    private ModelDefinition OpenAI => ModelBench.OpenAI(_openAI.BaseUrl);

    private ModelDefinition Anthropic => ModelBench.Anthropic(_anthropic.BaseUrl);

    public Task InitializeAsync() => Task.WhenAll(_openAI.StartAsync(), _anthropic.StartAsync());

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _openAI.DisposeAsync();
        await _anthropic.DisposeAsync();
    }

    [Fact]
    public async Task An_event_over_several_data_lines_is_one()
    {
        var answer = await CallOpenAIAsync(
            "event: message\r\nid: 1\r\nretry: 10\r\ndata: {\"choices\":[{\"index\":0,\r\ndata: \"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\r\n\r\n",
            "data:{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");

        Assert.Equal("a", answer.Text);
    }

    [Fact]
    public async Task A_stream_without_its_last_line_is_complete_after_the_finish_reason()
    {
        var answer = await CallOpenAIAsync(FakeOpenAI.Text("a"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage());

        Assert.Equal(("a", 20), (answer.Text, (int)answer.Usage.InputTokenCount!));
    }

    [Fact]
    public async Task Text_and_a_call_with_null_content_and_empty_fragments_of_arguments_are_read()
    {
        var answer = await CallOpenAIAsync(
            FakeOpenAI.Delta(new JsonObject { ["role"] = "assistant", ["content"] = null, ["tool_calls"] = null }),
            FakeOpenAI.CallDelta(0, "call_1", "look", ""), FakeOpenAI.CallDelta(0, null, null, ""),
            FakeOpenAI.CallDelta(0, null, null, "{\"a\""), FakeOpenAI.CallDelta(0, "", "", ":1}"), FakeOpenAI.CallDelta(0, null, null, ""),
            FakeOpenAI.Finish("stop"), FakeOpenAI.Done);

        var call = Assert.Single(answer.Calls);
        Assert.Equal(("call_1", "look", "1"), (call.CallId, call.Name, call.Arguments!["a"]!.ToString()));
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
    }

    [Fact]
    public async Task A_refusal_is_the_answer()
    {
        var answer = await CallOpenAIAsync(FakeOpenAI.Delta(new JsonObject { ["refusal"] = "I cannot." }), FakeOpenAI.Finish("stop"), FakeOpenAI.Done);

        Assert.Equal("I cannot.", answer.Text);
    }

    [Fact]
    public async Task A_server_that_does_not_stream_is_read_all_the_same()
    {
        _openAI.Enqueue(new FakeReply(200, "application/json").Send("""
            {"id":"c1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"<think>hm</think>well",
              "tool_calls":[{"id":"a","type":"function","function":{"name":"one","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"two","arguments":"{}"}}]},
              "finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}
            """));

        var answer = await _bench.CallAsync(OpenAI);

        Assert.Equal(("hm", "well", 7L), (answer.Reasoning, answer.Text, answer.Usage.TotalTokenCount));
        Assert.Equal(["one", "two"], answer.Calls.Select(c => c.Name));
    }

    [Fact]
    public async Task An_error_with_status_200_is_an_error()
    {
        const string Body = """{"error":{"type":"rate_limit_error","message":"slow down"}}""";
        _openAI.Enqueue(new FakeReply(200, "application/json").Send(Body));
        _anthropic.Enqueue(new FakeReply(200, "application/json").Send(Body));

        foreach (var model in new[] { OpenAI, Anthropic })
        {
            var failure = await _bench.FailAsync(model);
            Assert.Equal((RunErrorCodes.RateLimit, true), (failure.Code, failure.Retryable));
            Assert.Contains("slow down", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Anthropics_overload_keeps_the_wait_that_it_asks_for()
    {
        _anthropic.Enqueue(FakeReply.Error(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}""").Header("retry-after", "3"));

        var failure = await _bench.FailAsync(Anthropic);

        Assert.Equal((RunErrorCodes.ApiError, true, 529, TimeSpan.FromSeconds(3)), (failure.Code, failure.Retryable, failure.HttpStatus, failure.RetryAfter));
    }

    [Fact]
    public async Task Events_blocks_and_deltas_that_are_new_to_us_are_passed_over()
    {
        _anthropic.Enqueue(FakeReply.Stream().Send(
        [
            FakeAnthropic.Ping(), FakeAnthropic.Start(), "event: brand_new\ndata: {\"type\":\"brand_new\",\"index\":0}\n\n",
            .. FakeAnthropic.Block(0, new JsonObject { ["type"] = "server_tool_use", ["id"] = "srv_1", ["name"] = "web_search", ["input"] = new JsonObject() }, []),
            .. FakeAnthropic.Block(1, new JsonObject { ["type"] = "text", ["text"] = "" },
                [
                    new JsonObject { ["type"] = "text_delta", ["text"] = "seen" },
                    new JsonObject { ["type"] = "citations_delta", ["citation"] = new JsonObject { ["type"] = "char_location" } },
                ]),
            FakeAnthropic.Ping(), .. FakeAnthropic.End("end_turn"),
        ]));

        var answer = await _bench.CallAsync(Anthropic);

        Assert.Equal("seen", answer.Text);
        Assert.Empty(answer.Calls);
    }

    [Fact]
    public async Task A_call_whose_input_comes_with_its_start_and_text_that_does_are_read()
    {
        _anthropic.Enqueue(FakeReply.Stream().Send(
        [
            FakeAnthropic.Start(), .. FakeAnthropic.Block(0, new JsonObject { ["type"] = "text", ["text"] = "at once" }, []),
            .. FakeAnthropic.Block(1, new JsonObject { ["type"] = "tool_use", ["id"] = "toolu_1", ["name"] = "look", ["input"] = new JsonObject { ["a"] = 1 } }, []),
            .. FakeAnthropic.End("tool_use"),
        ]));

        var answer = await _bench.CallAsync(Anthropic);

        Assert.Equal(("at once", "1"), (answer.Text, Assert.Single(answer.Calls).Arguments!["a"]!.ToString()));
    }

    [Fact]
    public async Task Geminis_signature_of_a_call_goes_back_with_it_through_the_store()
    {
        var call = new JsonObject
        {
            ["index"] = 0,
            ["id"] = "function-call-1",
            ["type"] = "function",
            ["extra_content"] = new JsonObject { ["google"] = new JsonObject { ["thought_signature"] = "c2ln" } },
            ["function"] = new JsonObject { ["name"] = "look", ["arguments"] = "{}" },
        };
        _openAI.Enqueue(
            FakeReply.Stream().Send(FakeOpenAI.Delta(new JsonObject { ["tool_calls"] = new JsonArray(call) }), FakeOpenAI.Finish("tool_calls"), FakeOpenAI.Done),
            FakeOpenAI.Answer("ok"), FakeOpenAI.Answer("ok"));
        var gemini = OpenAI with { Provider = "gemini" };
        var response = (await _bench.CallAsync(gemini)).Updates.ToChatResponse();
        var stored = AgentFunctions.Agents.AgentJson.Deserialize<Message>(AgentFunctions.Agents.AgentJson.Serialize(MessageConversion.ToMessage(response.Messages[0])));

        await _bench.CallAsync(gemini, Message.User("Hello"), stored, Message.ToolResult("function-call-1", JsonElement.Parse("1")));
        Assert.Equal("c2ln", SignatureSent());

        await _bench.CallAsync(gemini, Message.User("Hello"), stored with { Parts = [stored.Parts[0] with { Signature = null }] }, Message.ToolResult("function-call-1", JsonElement.Parse("1")));
        Assert.Equal("skip_thought_signature_validator", SignatureSent());

        string? SignatureSent() => _openAI.Requests.Last().Json.GetProperty("messages")[1].GetProperty("tool_calls")[0]
            .GetProperty("extra_content").GetProperty("google").GetProperty("thought_signature").GetString();
    }

    private Task<Answer> CallOpenAIAsync(params string[] pieces)
    {
        _openAI.Enqueue(FakeReply.Stream().Send(pieces));
        return _bench.CallAsync(OpenAI);
    }
}
