// A model server that streams a fixed answer, and a proxy that only passes it on.
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Benchmarks.Runs;

/// <summary>OpenAI's streaming wire format: <see cref="Chunks"/> chunks of <see cref="ChunkBytes"/> bytes of text each.</summary>
internal sealed class PacedModel : IAsyncDisposable
{
    public const int Chunks = 100;
    public const int ChunkBytes = 500;
    private const string Path = "/v1/chat/completions";

    private static readonly string s_delta = Chunk($$$"""[{"index":0,"delta":{"content":"{{{new string('x', ChunkBytes)}}}"},"finish_reason":null}]""");
    private static readonly string s_end = Chunk("""[{"index":0,"delta":{},"finish_reason":"stop"}]""") + "data: [DONE]\n\n";

    private readonly WebApplication _model;
    private readonly WebApplication _proxy;
    private readonly HttpClient _upstream = new() { Timeout = TimeSpan.FromMinutes(5) };

    private PacedModel(TimeSpan pace)
    {
        _model = Listen(http => StreamAsync(http, pace));
        _proxy = Listen(PassOnAsync);
    }

    public string Address => _model.Urls.First() + "/v1";

    public string ProxyAddress => _proxy.Urls.First() + Path;

    /// <param name="pace">Between two chunks.</param>
    public static async Task<PacedModel> StartAsync(TimeSpan pace)
    {
        var model = new PacedModel(pace);
        await model._model.StartAsync();
        await model._proxy.StartAsync();
        return model;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _model.DisposeAsync();
        _upstream.Dispose();
    }

    private static WebApplication Listen(RequestDelegate serve)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(serve);
        return app;
    }

    private static async Task StreamAsync(HttpContext http, TimeSpan pace)
    {
        http.Response.ContentType = "text/event-stream";
        for (var n = 0; n < Chunks; n++)
        {
            if (pace > TimeSpan.Zero)
                await Task.Delay(pace, http.RequestAborted);
            await http.Response.WriteAsync(s_delta, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }

        await http.Response.WriteAsync(s_end, http.RequestAborted);
    }

    private async Task PassOnAsync(HttpContext http)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        using var request = new HttpRequestMessage(HttpMethod.Post, _model.Urls.First() + Path) { Content = new StreamContent(http.Request.Body) };
        using var answer = await _upstream.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        http.Response.ContentType = "text/event-stream";
        await using var body = await answer.Content.ReadAsStreamAsync(http.RequestAborted);
        await body.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private static string Chunk(string choices) =>
        $$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":{{choices}}}""" + "\n\n";
}
