// A chat-completions server whose model counts with a tool, and the tool: both log every call.
using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>The model's state is the conversation: with n tool results it asks for number n + 1, and with five it answers.</summary>
internal sealed class CountingServers : IAsyncDisposable
{
    /// <summary>The last piece of the final answer.</summary>
    public const string LastToken = " 5";

    private const int Goal = 5;

    private WebApplication? _app;
    private Func<string, int, Task> _reached = (_, _) => Task.CompletedTask;

    /// <summary>Steps of which the model was called, in order.</summary>
    public ConcurrentQueue<int> ModelCalls { get; } = new();

    /// <summary>Numbers that the tool was called with, in order.</summary>
    public ConcurrentQueue<int> ToolCalls { get; } = new();

    public Uri Address => new(_app!.Urls.First() + "/");

    /// <param name="reached">Told of each boundary ("model answered" or "tool running") with the number of the call.</param>
    public async Task StartAsync(Func<string, int, Task> reached)
    {
        _reached = reached;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.MapPost("/v1/chat/completions", AnswerAsync);
        _app.MapGet("/count/{number:int}", CountAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    private async Task CountAsync(HttpContext http, int number)
    {
        ToolCalls.Enqueue(number);
        await _reached("tool running", number);
        await http.Response.WriteAsJsonAsync(new { counted = number });
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var request = (await JsonNode.ParseAsync(http.Request.Body))!;
        var counted = request["messages"]!.AsArray().Count(m => (string?)m!["role"] == "tool");
        var step = counted + 1;
        ModelCalls.Enqueue(step);
        http.Response.ContentType = "text/event-stream";
        foreach (var chunk in counted < Goal ? AskForTool(step) : FinalAnswer())
        {
            await http.Response.WriteAsync($"data: {chunk}\n\n");
            await http.Response.Body.FlushAsync();
        }

        await _reached("model answered", step);
    }

    private static IEnumerable<string> AskForTool(int number) =>
    [
        Delta("\"role\":\"assistant\",\"content\":\"counting\""),
        Delta("\"tool_calls\":[{\"index\":0,\"id\":\"call_" + number + "\",\"type\":\"function\",\"function\":{\"name\":\"count\",\"arguments\":\"\"}}]"),
        Delta("\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"number\\\":" + number + "}\"}}]"),
        Finish("tool_calls"), Usage(), "[DONE]",
    ];

    private static IEnumerable<string> FinalAnswer() =>
    [
        Delta("\"role\":\"assistant\",\"content\":\"counted\""), Delta("\"content\":\" to\""), Delta($"\"content\":\"{LastToken}\""),
        Finish("stop"), Usage(), "[DONE]",
    ];

    private static string Delta(string delta) => Chunk("\"choices\":[{\"index\":0,\"delta\":{" + delta + "},\"finish_reason\":null}]");

    private static string Finish(string reason) => Chunk("\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" + reason + "\"}]");

    private static string Usage() => Chunk("\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":5,\"total_tokens\":25}");

    private static string Chunk(string members) =>
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"counting-model\"," + members + "}";
}
