// A fake provider: replies from a queue, or from a function of the request.
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Tests.Fakes;

internal abstract class FakeModelServer(string path) : FakeServer
{
    private readonly ConcurrentQueue<FakeReply> _replies = new();

    /// <summary>Answers requests for which nothing is queued.</summary>
    public Func<JsonElement, FakeReply>? Respond { get; set; }

    /// <summary>Answers the next requests, in order.</summary>
    public void Enqueue(params FakeReply[] replies)
    {
        foreach (var reply in replies)
            _replies.Enqueue(reply);
    }

    protected override async Task AnswerAsync(HttpContext http, FakeRequest request, CancellationToken released)
    {
        var reply = request.Method != "POST" || request.Path != path
            ? FakeReply.Error(404, $$$"""{"error":{"type":"not_found_error","message":"no such path: {{{request.Path}}}"}}""")
            : _replies.TryDequeue(out var queued) ? queued
            : Respond?.Invoke(request.Json) ?? FakeReply.Error(500, """{"error":{"message":"the test queued no reply"}}""");
        await reply.SendToAsync(http, released);
    }
}
