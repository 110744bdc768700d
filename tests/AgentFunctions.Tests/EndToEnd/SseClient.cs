// Reads a run's event stream as a browser would, ids included.
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

/// <param name="Id">The frame's id: the event's sequence number.</param>
internal sealed record SseFrame(long Id, string Type, JsonObject Envelope)
{
    public JsonObject Data => Envelope["data"]!.AsObject();
}

internal static class SseClient
{
    /// <summary>Reads frames into <paramref name="frames"/> until the stream ends; a broken connection ends it too (false).</summary>
    public static async Task<bool> ReadAsync(HttpClient http, HttpRequestMessage request, List<SseFrame> frames, Func<SseFrame, Task>? seen = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
            await foreach (var item in SseParser.Create(body).EnumerateAsync(limit.Token))
            {
                var frame = new SseFrame(long.Parse(item.EventId!), item.EventType, JsonNode.Parse(item.Data)!.AsObject());
                frames.Add(frame);
                if (seen is not null)
                    await seen(frame);
            }

            return frames.Count > 0 && frames[^1].Type is "complete" or "error";
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }

    /// <summary>A request for the events of a run after those already read.</summary>
    public static HttpRequestMessage Resume(string runId, IReadOnlyList<SseFrame> frames)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/events");
        if (frames.Count > 0)
            request.Headers.Add("Last-Event-ID", frames[^1].Id.ToString());
        return request;
    }
}
