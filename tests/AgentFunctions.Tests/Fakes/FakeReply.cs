// What a fake provider answers to one request, piece by piece.
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Tests.Fakes;

/// <summary>A status, headers, and pieces of a body that are sent one by one; a gate holds the rest until the test opens it.</summary>
internal sealed class FakeReply(int status, string contentType)
{
    private readonly List<Func<HttpContext, CancellationToken, Task>> _pieces = [];
    private readonly List<KeyValuePair<string, string>> _headers = [];

    public static FakeReply Stream() => new(200, "text/event-stream; charset=utf-8");

    public static FakeReply Error(int status, string body) => new FakeReply(status, "application/json").Send(body);

    public FakeReply Header(string name, string value)
    {
        _headers.Add(new(name, value));
        return this;
    }

    /// <summary>Sends the text and flushes, so that it arrives as a chunk of its own.</summary>
    public FakeReply Send(params string[] texts)
    {
        foreach (var text in texts)
        {
            _pieces.Add(async (http, released) =>
            {
                await http.Response.WriteAsync(text, released);
                await http.Response.Body.FlushAsync(released);
            });
        }

        return this;
    }

    /// <summary>Sends nothing more until <paramref name="opened"/> completes.</summary>
    public FakeReply Gate(Task opened) => Then((_, released) => opened.WaitAsync(released));

    /// <summary>Completes <paramref name="reached"/> when everything before was sent.</summary>
    public FakeReply Signal(TaskCompletionSource reached) => Then((_, _) =>
    {
        reached.TrySetResult();
        return Task.CompletedTask;
    });

    /// <summary>Does something of the test's when everything before was sent.</summary>
    public FakeReply Then(Func<Task> action) => Then((_, _) => action());

    /// <summary>Breaks the connection in the middle of the body.</summary>
    public FakeReply Break() => Then((http, _) =>
    {
        http.Abort();
        return Task.CompletedTask;
    });

    /// <summary>Sends nothing more, and does not end, until the client goes.</summary>
    public FakeReply Hang() => Then((_, released) => Cancellation.HangAsync(released));

    /// <summary>Hangs; completes <paramref name="gone"/> when the client is gone.</summary>
    public FakeReply HangUntilGone(TaskCompletionSource gone) => Then(async (http, released) =>
    {
        using var watch = http.RequestAborted.Register(() => gone.TrySetResult());
        await Cancellation.HangAsync(released);
    });

    public async Task SendToAsync(HttpContext http, CancellationToken released)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        foreach (var (name, value) in _headers)
            http.Response.Headers[name] = value;
        foreach (var piece in _pieces)
            await piece(http, released);
    }

    private FakeReply Then(Func<HttpContext, CancellationToken, Task> piece)
    {
        _pieces.Add(piece);
        return this;
    }
}
