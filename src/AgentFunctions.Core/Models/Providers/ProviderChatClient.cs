// What the clients of all providers share: a whole answer is the sum of a streamed one.
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

internal abstract class ProviderChatClient(ModelDefinition model) : IChatClient
{
    protected ModelDefinition Model { get; } = model;

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public abstract IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(Model.Provider, null, Model.Model)
        : serviceType.IsInstanceOfType(this) ? this : null;

    // Clients are shared and live as long as the app.
    public void Dispose() => GC.SuppressFinalize(this);
}
