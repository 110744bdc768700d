// Calls a model as a step does, and keeps what came back.
using AgentFunctions.Models;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

/// <summary>The updates of one answer.</summary>
internal sealed record Answer(IReadOnlyList<ChatResponseUpdate> Updates)
{
    public IEnumerable<AIContent> Contents => Updates.SelectMany(u => u.Contents);

    public string[] Tokens => [.. Contents.OfType<TextContent>().Select(t => t.Text)];

    public string Text => string.Concat(Tokens);

    public string Reasoning => string.Concat(Contents.OfType<TextReasoningContent>().Select(t => t.Text));

    public FunctionCallContent[] Calls => [.. Contents.OfType<FunctionCallContent>()];

    public UsageDetails Usage => Assert.Single(Contents.OfType<UsageContent>()).Details;

    public ChatFinishReason? FinishReason => Assert.Single(Updates, u => u.FinishReason is not null).FinishReason;
}

internal sealed class ModelBench(string key = "test-key-123456", TimeProvider? time = null) : IDisposable
{
    public const string KeyVariable = "TEST_MODEL_KEY";

    private readonly ModelClients _clients = new(time ?? TimeProvider.System, name => name == KeyVariable ? key : null);

    public ModelClients Clients => _clients;

    public static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    public static ModelDefinition OpenAI(string baseUrl) =>
        new() { Key = "fast", Provider = "openai", Model = "fake-model", BaseUrl = baseUrl, ApiKey = $"${{{KeyVariable}}}" };

    public static ModelDefinition Anthropic(string baseUrl) => OpenAI(baseUrl) with { Key = "deep", Provider = "anthropic" };

    public IAsyncEnumerable<ChatResponseUpdate> Stream(ModelDefinition model, IEnumerable<ChatMessage>? messages = null, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        _clients.Get(model).GetStreamingResponseAsync(messages ?? [new ChatMessage(ChatRole.User, "Hello")], options, cancellationToken);

    public async Task<Answer> CallAsync(ModelDefinition model, IEnumerable<ChatMessage>? messages = null, ChatOptions? options = null)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in Stream(model, messages, options, Soon))
            updates.Add(update);
        return new Answer(updates);
    }

    public Task<Answer> CallAsync(ModelDefinition model, params Message[] messages) =>
        CallAsync(model, messages.Select(MessageConversion.ToChatMessage));

    public Task<ModelException> FailAsync(ModelDefinition model) => Assert.ThrowsAsync<ModelException>(() => CallAsync(model));

    public void Dispose() => _clients.Dispose();
}
