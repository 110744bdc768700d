// How each provider is asked for JSON of a schema: by its response format, by the prompt, or both.
using System.Text.Json;
using AgentFunctions.Models;
using AgentFunctions.Output;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tools;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class OutputFormatTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly OutputDefinition _output = new()
    {
        Schema = JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}"""),
        Description = "A place.",
    };

    private static readonly AITool _tool = MessageConversion.ToAITool(new ToolDefinition { Name = "look", Parameters = JsonElement.Parse("""{"type":"object"}""") });

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

    [Theory]
    [InlineData("azure_openai", true, "json_schema", false)]
    [InlineData("xai", true, "json_schema", false)]
    [InlineData("openai", false, "json_schema", false)]
    [InlineData("openai", true, null, true)]
    [InlineData("gemini", false, "json_schema", false)]
    [InlineData("gemini", true, null, true)]
    [InlineData("ollama", true, null, true)]
    [InlineData("vllm", true, null, true)]
    [InlineData("mistral", false, "json_schema", false)]
    [InlineData("deepseek", false, "json_object", true)]
    [InlineData("groq", false, null, true)]
    public async Task R_SO_1_each_server_gets_the_format_that_it_takes_and_else_the_prompt(string provider, bool tools, string? format, bool prompted)
    {
        var request = await SendAsync(provider, Options(_output, tools));

        Assert.Equal(format, request.TryGetProperty("response_format", out var sent) ? sent.GetProperty("type").GetString() : null);
        Assert.Equal(prompted, request.GetProperty("messages")[0].GetProperty("content").GetString()!.Contains("JSON Schema", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("groq")]
    [InlineData("vllm")]
    public async Task R_SO_1_native_true_overrules_what_is_known_of_a_server(string provider)
    {
        var request = await SendAsync(provider, Options(_output with { Native = true, Strict = false }, tools: true));

        var schema = request.GetProperty("response_format").GetProperty("json_schema");
        Assert.Equal(("response", "A place.", false),
            (schema.GetProperty("name").GetString(), schema.GetProperty("description").GetString(), schema.GetProperty("strict").GetBoolean()));
    }

    [Fact]
    public async Task Without_an_output_no_format_is_sent()
    {
        var request = await SendAsync("openai", new ChatOptions());

        Assert.False(request.TryGetProperty("response_format", out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task R_SO_1_anthropic_takes_strict_schemas_beside_tools_and_the_prompt_asks_for_others(bool strict)
    {
        await _bench.CallAsync(ModelBench.Anthropic(_anthropic.BaseUrl), Conversation(), Options(_output with { Strict = strict }, tools: true));

        var request = _anthropic.Single.Json;
        Assert.Equal(strict, request.TryGetProperty("output_config", out _));
        Assert.Equal(!strict, request.GetProperty("system").ToString().Contains("JSON Schema", StringComparison.Ordinal));
    }

    private async Task<JsonElement> SendAsync(string provider, ChatOptions options)
    {
        await _bench.CallAsync(ModelBench.OpenAI(_openAI.BaseUrl) with { Provider = provider }, Conversation(), options);
        return _openAI.Single.Json;
    }

    private static ChatMessage[] Conversation() => [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Where?")];

    private static ChatOptions Options(OutputDefinition output, bool tools)
    {
        var options = new ChatOptions { Tools = tools ? [_tool] : null };
        OutputFormat.Set(options, output);
        return options;
    }
}
