// The server behind an HTTP tool: counts what it did, by path and by Idempotency-Key, and can hold a call.
using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Tests.Fakes;

internal sealed class FakeHttpTool : FakeServer
{
    private readonly ConcurrentDictionary<string, Task> _gates = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _arrivals = new();

    /// <summary>The answer to a request; a JSON object with the path by default.</summary>
    public Func<FakeRequest, object> Respond { get; set; } = request => new { path = request.Path };

    /// <summary>Something of the test's to do while a call is running, before its answer.</summary>
    public Func<FakeRequest, Task> Running { get; set; } = _ => Task.CompletedTask;

    /// <summary>The status of every answer.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    public static async Task<FakeHttpTool> StartNewAsync()
    {
        var server = new FakeHttpTool();
        await server.StartAsync();
        return server;
    }

    public int Calls(string path) => Requests.Count(r => r.Path == path);

    public int CallsWithKey(string idempotencyKey) => Requests.Count(r => r.Headers.GetValueOrDefault("idempotency-key") == idempotencyKey);

    /// <summary>Holds calls of the path from now on until <paramref name="opened"/> completes.</summary>
    public void Hold(string path, Task opened) => _gates[path] = opened;

    /// <summary>Completes when the path was called for the first time.</summary>
    public Task Called(string path) => Arrival(path).Task;

    protected override async Task AnswerAsync(HttpContext http, FakeRequest request, CancellationToken released)
    {
        Arrival(request.Path).TrySetResult();
        if (_gates.TryGetValue(request.Path, out var opened))
            await opened.WaitAsync(released);
        await Running(request);
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(JsonSerializer.Serialize(Respond(request)), released);
    }

    private TaskCompletionSource Arrival(string path) =>
        _arrivals.GetOrAdd(path, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
