// Server-sent events of a provider as JSON, with what can go wrong inside a stream classified.
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentFunctions.Runs;

namespace AgentFunctions.Models.Providers;

internal sealed class ProviderStream(ModelDefinition model, SecretRedaction secrets)
{
    private const string Done = "[DONE]";

    /// <summary>Each event's JSON as it arrives, until the stream's end or <c>[DONE]</c>. Comments are skipped.</summary>
    public async IAsyncEnumerable<JsonElement> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            if (item.Data == Done)
                yield break;
            if (string.IsNullOrWhiteSpace(item.Data))
                continue;

            var data = Parse(item.Data);
            if (item.EventType == "error" || data.Member("error") is not null)
                throw ProviderError.FromJson(null, data).ToException(model, secrets);
            yield return data;
        }
    }

    /// <summary>For a stream that ended without saying that it was complete.</summary>
    public ModelException Broken(string missing, Exception? inner = null) =>
        new(RunErrorCodes.ApiError, $"The stream of model '{model.Key}' ({model.Provider}) broke off: {missing}.", retryable: true, inner);

    private JsonElement Parse(string data)
    {
        try
        {
            return JsonElement.Parse(data);
        }
        catch (JsonException e)
        {
            throw Broken("an event is not valid JSON", e);
        }
    }
}
