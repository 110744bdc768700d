// Server-sent events of a provider as JSON, with what can go wrong inside a stream classified.
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

internal sealed class ProviderStream(ModelDefinition model, SecretRedaction secrets)
{
    private const string Done = "[DONE]";

    /// <summary>The answer's updates as they arrive. However it ends, the last one has the usage that was reported: what broke off is paid too.</summary>
    /// <param name="lastSign">What a complete stream does not end before; for the message of one that does.</param>
    /// <exception cref="ModelException">The stream broke off or told an error, after the update with the usage.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> ReadAnswerAsync(
        Stream stream, IProviderAnswer answer, string lastSign, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Exception? failure = null;
        await using var events = ReadAsync(stream, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync())
        {
            if (answer.Read(events.Current) is { } update)
                yield return update;
        }

        var end = failure is null ? answer.End() : null;
        yield return end ?? answer.BrokenOff();
        if (end is null)
            ExceptionDispatchInfo.Throw(failure ?? Broken($"it ended before {lastSign}"));

        // An iterator cannot yield from a catch block.
        async ValueTask<bool> NextAsync()
        {
            try
            {
                return await events.MoveNextAsync();
            }
            catch (Exception e)
            {
                failure = e;
                return false;
            }
        }
    }

    /// <summary>Each event's JSON as it arrives, until the stream's end or <c>[DONE]</c>. Comments are skipped.</summary>
    private async IAsyncEnumerable<JsonElement> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
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
    private ModelException Broken(string missing, Exception? inner = null) =>
        new(RunErrorCodes.ApiError, $"The stream of model '{model.Key}' ({model.Provider}) broke off: {missing}.", retryable: true, inner);

    private JsonElement Parse(string data)
    {
        try
        {
            return ForeignJson.Parse(data);
        }
        catch (JsonException e)
        {
            throw Broken("an event is not valid JSON", e);
        }
    }
}
