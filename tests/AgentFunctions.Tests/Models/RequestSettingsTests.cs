// The settings of a definition as providers are sent them: sampling, reasoning, cache marks, images.
using System.Text.Json;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tools;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class RequestSettingsTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly Message[] _conversation =
    [
        new() { Role = "system", Parts = [MessagePart.OfText("Be brief.")] },
        Message.User("first"),
        new() { Role = "assistant", Parts = [MessagePart.OfText("one")] },
        Message.User("second"),
    ];

    private static readonly ChatOptions _tools = new()
    {
        Tools =
        [
            .. new[] { "a", "b" }.Select(name => MessageConversion.ToAITool(
                new ToolDefinition { Name = name, Description = name, Parameters = JsonElement.Parse("""{"type":"object"}""") })),
        ],
    };

    private readonly ModelBench _bench = new();
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

    [Fact]
    public async Task Sampling_and_reasoning_are_sent_in_the_words_of_chat_completions()
    {
        var body = await SendOpenAIAsync(m => m with
        {
            TopP = 0.9,
            Seed = 7,
            Stop = ["END", "\n\n"],
            FrequencyPenalty = 0.5,
            PresencePenalty = -0.5,
            ReasoningEffort = "low",
        });

        AssertJson("""["END","\n\n"]""", body.GetProperty("stop"));
        Assert.Equal(
            ("0.9", "7", "0.5", "-0.5", "low"),
            (Raw("top_p"), Raw("seed"), Raw("frequency_penalty"), Raw("presence_penalty"), body.GetProperty("reasoning_effort").GetString()));

        string Raw(string name) => body.GetProperty(name).GetRawText();
    }

    [Fact]
    public async Task Mistral_calls_the_seed_by_another_name()
    {
        var body = await SendOpenAIAsync(m => m with { Provider = "mistral", Seed = 7 });

        Assert.Equal(7, body.GetProperty("random_seed").GetInt32());
        Assert.False(body.TryGetProperty("seed", out _));
    }

    [Fact]
    public async Task Anthropic_gets_effort_and_stop_sequences()
    {
        var body = await SendAnthropicAsync(m => m with { Stop = ["END"], ReasoningEffort = "max" });

        AssertJson("""["END"]""", body.GetProperty("stop_sequences"));
        AssertJson("""{"effort":"max"}""", body.GetProperty("output_config"));
    }

    [Fact]
    public async Task Settings_that_Anthropic_does_not_have_are_all_named_and_nothing_is_sent()
    {
        var failure = await _bench.FailAsync(ModelBench.Anthropic(_anthropic.BaseUrl) with { TopP = 0.5, Seed = 1, PresencePenalty = 1 });

        Assert.Equal((RunErrorCodes.InvalidConfig, false), (failure.Code, failure.Retryable));
        Assert.Contains("remove top_p, seed, presence_penalty from models.deep", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_anthropic.Requests);
    }

    [Fact]
    public async Task Anthropic_is_told_to_cache_tools_system_prompt_and_the_latest_two_turns()
    {
        var body = await SendAnthropicAsync(m => m with { Cache = new PromptCache() }, _tools);

        AssertJson("""[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}]""", body.GetProperty("system"));
        Assert.Equal([false, true], body.GetProperty("tools").EnumerateArray().Select(IsMarked));
        Assert.Equal([true, false, true], body.GetProperty("messages").EnumerateArray().Select(turn => IsMarked(turn.GetProperty("content")[0])));
    }

    [Fact]
    public async Task Only_what_the_configuration_names_is_cached()
    {
        var body = await SendAnthropicAsync(m => m with { Cache = new PromptCache(System: true, Tools: false, Messages: false) }, _tools);

        Assert.Single(body.GetRawText().Split("cache_control")[1..]);
        Assert.True(IsMarked(body.GetProperty("system")[0]));
    }

    [Fact]
    public async Task Without_a_setting_nothing_is_marked()
    {
        var body = await SendAnthropicAsync(m => m, _tools);

        Assert.DoesNotContain("cache_control", body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azure_openai", true)]
    [InlineData("openai", false)] // with an endpoint of its own: any server may be there
    [InlineData("groq", false)]
    public async Task A_cache_key_goes_only_where_it_is_known(string provider, bool sent)
    {
        var options = new ChatOptions { AdditionalProperties = ModelCacheKey.ForSession("ses-1") };

        var body = await SendOpenAIAsync(m => m with { Provider = provider, Cache = new PromptCache() }, options);

        Assert.Equal(sent, body.TryGetProperty("prompt_cache_key", out var key));
        Assert.False(sent && key.GetString()!.Contains("ses-1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Images_are_sent_in_the_form_of_each_provider()
    {
        Message[] question =
        [
            new()
            {
                Role = "user",
                Parts = [MessagePart.OfText("What is this?"), MessagePart.OfImage("image/png", "aGVsbG8="), MessagePart.OfImageAt("https://example.com/a.jpg")],
            },
        ];

        await _bench.CallAsync(ModelBench.OpenAI(_openAI.BaseUrl), question);
        await _bench.CallAsync(ModelBench.Anthropic(_anthropic.BaseUrl), question);

        AssertJson("""
            [{"type":"text","text":"What is this?"},
             {"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}},
             {"type":"image_url","image_url":{"url":"https://example.com/a.jpg"}}]
            """, _openAI.Requests.Last().Json.GetProperty("messages")[0].GetProperty("content"));
        AssertJson("""
            [{"type":"text","text":"What is this?"},
             {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGVsbG8="}},
             {"type":"image","source":{"type":"url","url":"https://example.com/a.jpg"}}]
            """, _anthropic.Requests.Last().Json.GetProperty("messages")[0].GetProperty("content"));
    }

    [Fact]
    public void Equal_settings_of_two_readings_share_a_client()
    {
        var one = ModelBench.OpenAI("http://127.0.0.1:9/v1") with { Stop = ["a"], Cache = new PromptCache() };
        var same = one with { Stop = ["a"], Cache = new PromptCache() };

        Assert.Same(_bench.Clients.Get(one), _bench.Clients.Get(same));
        Assert.NotSame(_bench.Clients.Get(one), _bench.Clients.Get(one with { Stop = ["b"] }));
    }

    private async Task<JsonElement> SendOpenAIAsync(Func<ModelDefinition, ModelDefinition> change, ChatOptions? options = null)
    {
        await _bench.CallAsync(change(ModelBench.OpenAI(_openAI.BaseUrl)), _conversation.Select(MessageConversion.ToChatMessage), options);
        return _openAI.Requests.Last().Json;
    }

    private async Task<JsonElement> SendAnthropicAsync(Func<ModelDefinition, ModelDefinition> change, ChatOptions? options = null)
    {
        await _bench.CallAsync(change(ModelBench.Anthropic(_anthropic.BaseUrl)), _conversation.Select(MessageConversion.ToChatMessage), options);
        return _anthropic.Requests.Last().Json;
    }

    private static bool IsMarked(JsonElement block) => block.TryGetProperty("cache_control", out _);

    private static void AssertJson(string expected, JsonElement actual) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), actual), $"Sent: {actual.GetRawText()}");
}
