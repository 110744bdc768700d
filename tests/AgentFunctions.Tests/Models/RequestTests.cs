// What providers are sent: conversation, tools, limits and keys.
using System.Text.Json;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tools;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class RequestTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly ToolDefinition _tool = new()
    {
        Name = "get_weather",
        Description = "Current weather of a city.",
        Parameters = JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"""),
    };

    private static readonly Message[] _conversation =
    [
        new() { Role = "system", Parts = [MessagePart.OfText("Be brief.")] },
        Message.User("Weather in Paris and Rome?"),
        new()
        {
            Role = "assistant",
            Parts =
            [
                new MessagePart { Type = MessagePart.ReasoningType, Content = "unsigned thought" },
                MessagePart.OfText("Let me see."),
                Call("functions.w:0", "Paris"), Call("b", "Rome"),
            ],
        },
        Message.ToolResult("functions.w:0", JsonElement.Parse("""{"c":21}""")),
        Message.ToolResult("b", JsonElement.Parse("\"sunny\"")),
    ];

    private readonly ModelBench _bench = new("the-key");
    private readonly FakeOpenAI _openAI = new() { Respond = _ => FakeOpenAI.Answer("ok") };
    private readonly FakeAnthropic _anthropic = new() { Respond = _ => FakeAnthropic.Answer("ok") };

    public Task InitializeAsync() => Task.WhenAll(_openAI.StartAsync(), _anthropic.StartAsync());

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _openAI.DisposeAsync();
        await _anthropic.DisposeAsync();
    }

    private async Task<FakeRequest> SendOpenAIAsync(Func<ModelDefinition, ModelDefinition>? change = null, ChatOptions? options = null)
    {
        var model = ModelBench.OpenAI(_openAI.BaseUrl);
        await _bench.CallAsync(change?.Invoke(model) ?? model, _conversation.Select(MessageConversion.ToChatMessage), options);
        return _openAI.Requests.Last();
    }

    private async Task<FakeRequest> SendAnthropicAsync(Func<ModelDefinition, ModelDefinition>? change = null, ChatOptions? options = null)
    {
        var model = ModelBench.Anthropic(_anthropic.BaseUrl);
        await _bench.CallAsync(change?.Invoke(model) ?? model, _conversation.Select(MessageConversion.ToChatMessage), options);
        return _anthropic.Requests.Last();
    }

    [Fact]
    public async Task A_conversation_with_tool_calls_becomes_chat_completion_messages()
    {
        var request = await SendOpenAIAsync();

        AssertJson("""
            [{"role":"system","content":"Be brief."},
             {"role":"user","content":"Weather in Paris and Rome?"},
             {"role":"assistant","content":"Let me see.","tool_calls":[
                {"id":"functions.w:0","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}},
                {"id":"b","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Rome\"}"}}]},
             {"role":"tool","tool_call_id":"functions.w:0","content":"{\"c\":21}"},
             {"role":"tool","tool_call_id":"b","content":"sunny"}]
            """, request.Json.GetProperty("messages"));
        Assert.Equal("Bearer the-key", request.Headers["authorization"]);
        Assert.Equal("""{"include_usage":true}""", request.Json.GetProperty("stream_options").GetRawText());
    }

    [Fact]
    public async Task A_conversation_with_tool_calls_becomes_Anthropic_turns_with_all_results_in_one()
    {
        var request = await SendAnthropicAsync();

        Assert.Equal("Be brief.", request.Json.GetProperty("system").GetString());
        AssertJson("""
            [{"role":"user","content":[{"type":"text","text":"Weather in Paris and Rome?"}]},
             {"role":"assistant","content":[{"type":"text","text":"Let me see."},
                {"type":"tool_use","id":"functions_w_0","name":"get_weather","input":{"city":"Paris"}},
                {"type":"tool_use","id":"b","name":"get_weather","input":{"city":"Rome"}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"functions_w_0","content":"{\"c\":21}"},
                {"type":"tool_result","tool_use_id":"b","content":"sunny"}]}]
            """, request.Json.GetProperty("messages"));
        Assert.Equal(("Bearer the-key", "2026-10-21"), (request.Headers["authorization"], request.Headers["anthropic-version"]));
        Assert.True(request.Json.GetProperty("stream").GetBoolean());
    }

    [Fact]
    public async Task Tools_are_declared_with_name_description_and_schema()
    {
        var options = new ChatOptions { Tools = [MessageConversion.ToAITool(_tool)] };

        var openAI = (await SendOpenAIAsync(options: options)).Json.GetProperty("tools")[0];
        var anthropic = (await SendAnthropicAsync(options: options)).Json.GetProperty("tools")[0];

        AssertJson("""{"type":"function","function":{"name":"get_weather","description":"Current weather of a city.","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}""", openAI);
        AssertJson("""{"name":"get_weather","description":"Current weather of a city.","input_schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}""", anthropic);
    }

    [Fact]
    public async Task A_model_without_limits_sends_none_but_the_one_that_Anthropic_insists_on()
    {
        var openAI = (await SendOpenAIAsync()).Json;
        var anthropic = (await SendAnthropicAsync()).Json;

        Assert.DoesNotContain(openAI.EnumerateObject(), m => m.Name is "max_tokens" or "max_completion_tokens" or "temperature" or "tools");
        Assert.Equal(16_384, anthropic.GetProperty("max_tokens").GetInt32());
    }

    [Fact]
    public async Task Temperature_and_limit_of_the_definition_are_sent_exactly()
    {
        var options = new ChatOptions { Temperature = 0.2f, MaxOutputTokens = 50 };
        var openAI = (await SendOpenAIAsync(m => m with { Temperature = 0.2, MaxTokens = 50 }, options)).Json;
        var anthropic = (await SendAnthropicAsync(m => m with { MaxTokens = 50 })).Json;

        Assert.Equal(("0.2", "50"), (openAI.GetProperty("temperature").GetRawText(), openAI.GetProperty("max_tokens").GetRawText()));
        Assert.Equal("50", anthropic.GetProperty("max_tokens").GetRawText());
    }

    [Fact]
    public async Task A_temperature_that_Anthropic_would_refuse_is_said_and_nothing_is_sent()
    {
        var failure = await _bench.FailAsync(ModelBench.Anthropic(_anthropic.BaseUrl) with { Temperature = 0.2 });

        Assert.Equal((RunErrorCodes.InvalidConfig, false), (failure.Code, failure.Retryable));
        Assert.Contains("remove temperature from models.deep", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_anthropic.Requests);
    }

    [Fact]
    public async Task Thinking_tokens_ask_Anthropic_to_think_and_raise_the_limit()
    {
        var body = (await SendAnthropicAsync(m => m with { ThinkingTokens = 2000 })).Json;

        AssertJson("""{"type":"enabled","budget_tokens":2000}""", body.GetProperty("thinking"));
        Assert.Equal(18_384, body.GetProperty("max_tokens").GetInt32());
        var failure = await _bench.FailAsync(ModelBench.Anthropic(_anthropic.BaseUrl) with { ThinkingTokens = 2000, MaxTokens = 1000 });
        Assert.Contains("thinking_tokens", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azure_openai", "max_completion_tokens", true, false)]
    [InlineData("mistral", "max_tokens", false, false)]
    [InlineData("deepseek", "max_tokens", true, true)]
    [InlineData("groq", "max_tokens", true, false)]
    public async Task A_provider_is_spoken_to_in_its_dialect(string provider, string limit, bool streamOptions, bool reasoning)
    {
        var body = (await SendOpenAIAsync(m => m with { Provider = provider, MaxTokens = 9 })).Json;

        Assert.Equal(9, body.GetProperty(limit).GetInt32());
        Assert.Equal(streamOptions, body.TryGetProperty("stream_options", out _));
        Assert.Equal(reasoning, body.GetProperty("messages")[2].TryGetProperty("reasoning_content", out _));
    }

    private static MessagePart Call(string id, string city) => new()
    {
        Type = MessagePart.ToolCallType,
        Id = id,
        Name = "get_weather",
        Arguments = JsonSerializer.SerializeToElement(new { city }),
    };

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), $"Sent: {actual.GetRawText()}");
}
