// A model's client behind its rate limit.
using System.Runtime.CompilerServices;
using AgentFunctions.Models.Providers;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Limits;

internal sealed class LimitedChatClient(IChatClient inner, ModelDefinition model, ModelLimiter limiter) : ProviderChatClient(model)
{
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> conversation = [.. messages];
        using var pass = await limiter.EnterAsync(Model, TokenEstimate.Of(conversation.SelectMany(m => m.Contents)), cancellationToken);
        await foreach (var update in inner.GetStreamingResponseAsync(conversation, options, cancellationToken))
        {
            foreach (var usage in update.Contents.OfType<UsageContent>())
                pass.Used((usage.Details.InputTokenCount ?? 0) + (usage.Details.OutputTokenCount ?? 0));
            yield return update;
        }
    }
}
