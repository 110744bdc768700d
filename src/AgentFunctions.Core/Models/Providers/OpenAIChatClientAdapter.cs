// OpenAI-compatible chat completions as an IChatClient; docs/decisions/models.md says why the stream is read here.
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;
using ChatClient = OpenAI.Chat.ChatClient;

namespace AgentFunctions.Models.Providers;

/// <summary>Sends through the OpenAI SDK's client (address, authentication, pipeline) and reads the chunks itself.</summary>
internal sealed class OpenAIChatClientAdapter(ChatClient client, ModelDefinition model, ProviderPreset preset, SecretRedaction secrets)
    : ProviderChatClient(model)
{
    private readonly OpenAIRequest _request = new(model, preset);
    private readonly ProviderStream _stream = new(model, secrets);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ChatMessage> conversation = [.. messages];
        using var response = await SendAsync(conversation, options, cancellationToken);
        var answer = new OpenAIAnswer(new CallIds(conversation), Model.ThinkTags);
        await foreach (var update in _stream.ReadAnswerAsync(response.ContentStream!, answer, "a finish_reason", cancellationToken))
            yield return update;
    }

    private async Task<PipelineResponse> SendAsync(IReadOnlyList<ChatMessage> conversation, ChatOptions? options, CancellationToken cancellationToken)
    {
        var body = Encoding.UTF8.GetBytes(_request.Write(conversation, options).ToJsonString());
        using var content = BinaryContent.Create(BinaryData.FromBytes(body));
        var request = new RequestOptions { BufferResponse = false, CancellationToken = cancellationToken };
        var result = await client.CompleteChatAsync(content, request);
        return result.GetRawResponse();
    }
}
