using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Tools;

/// <summary>A real HTTP server on a free port that records each request and answers as the test says.</summary>
internal sealed class ToolServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ToolServer(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            Requests.Enqueue(new Received(context.Request.Method, target, headers, await reader.ReadToEndAsync()));
            await answer(context);
        });
    }

    public ConcurrentQueue<Received> Requests { get; } = [];

    public Received Single => Assert.Single(Requests);

    public string Url => _app.Urls.First();

    public static async Task<ToolServer> StartAsync(Func<HttpContext, Task>? answer = null)
    {
        var server = new ToolServer(answer ?? (context => context.Response.WriteAsJsonAsync(new { ok = true })));
        await server._app.StartAsync();
        return server;
    }

    public static Task<ToolServer> StartAsync(int status, string body, string contentType = "application/json") => StartAsync(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(body);
    });

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public sealed record Received(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);
}
