// A web server on a free loopback port that logs every request: the base of all fake providers.
using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Fakes;

/// <summary>One request as it arrived. Header names are lower case.</summary>
internal sealed record FakeRequest(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers, DateTimeOffset At)
{
    public JsonElement Json => JsonElement.Parse(Body);
}

internal abstract class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();

    protected FakeServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>Every request in the order of arrival.</summary>
    public ConcurrentQueue<FakeRequest> Requests { get; } = new();

    public string Address => _app.Urls.First();

    public FakeRequest Single => Assert.Single(Requests);

    public Task StartAsync() => _app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        // Lets held requests go, so that the server stops at once.
        await _stopping.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    /// <param name="released">Cancelled when the client is gone or the server stops.</param>
    protected abstract Task AnswerAsync(HttpContext http, FakeRequest request, CancellationToken released);

    private async Task ServeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var headers = http.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString());
        var request = new FakeRequest(http.Request.Method, http.Request.Path, await reader.ReadToEndAsync(), headers, TimeProvider.System.GetUtcNow());
        Requests.Enqueue(request);
        using var released = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
        try
        {
            await AnswerAsync(http, request, released.Token);
        }
        catch (OperationCanceledException) when (released.IsCancellationRequested)
        {
            http.Abort();
        }
    }
}
