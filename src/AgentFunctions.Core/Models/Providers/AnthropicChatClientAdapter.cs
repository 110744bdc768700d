// Anthropic's messages as an IChatClient; docs/decisions/models.md says why the stream is read here.
using System.Runtime.CompilerServices;
using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>Sends through the Anthropic SDK's client (address, authentication, version) and reads the events itself.</summary>
internal sealed class AnthropicChatClientAdapter(AnthropicClient client, ModelDefinition model, SecretRedaction secrets)
    : ProviderChatClient(model)
{
    private static readonly Dictionary<string, JsonElement> _none = [];

    private readonly AnthropicRequest _request = new(model);
    private readonly ProviderStream _stream = new(model, secrets);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> conversation = [.. messages];
        var body = _request.Write(conversation, options).Deserialize<Dictionary<string, JsonElement>>()!;
        using var response = await client.WithRawResponse.Messages.CreateStreaming(
            MessageCreateParams.FromRawUnchecked(_none, _none, body), cancellationToken);

        var answer = new AnthropicAnswer(new CallIds(conversation));
        await foreach (var update in _stream.ReadAnswerAsync(await response.ReadAsStream(cancellationToken), answer, "message_stop", cancellationToken))
            yield return update;
    }
}
