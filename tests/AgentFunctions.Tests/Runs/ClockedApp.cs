// The whole app in the test's process, on a clock that the test moves.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Worker;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Runs;

internal sealed class ClockedApp : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private FunctionsHost _host = null!;

    public FakeTime Time { get; } = new();

    public HttpClient Http => _host.Client;

    public IServiceProvider Services => _host.Services;

    public static async Task<ClockedApp> StartAsync(string config)
    {
        var app = new ClockedApp();
        app._folder.Write("agents.yaml", config);
        var builder = FunctionsHost.Builder(
            [.. typeof(RunStarter).Assembly.GetTypes().Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FunctionAttribute), inherit: false)))]);
        builder.Services.AddSingleton<TimeProvider>(app.Time);
        builder.Services.AddAgentFunctions(builder.Configuration, app._folder.Path).AddSqliteStores(app._folder.Path);
        builder.Services.AddSingleton<IRunHistory, Local.EngineRunHistory>();
        app._host = await FunctionsHost.StartAsync(builder);
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Starts a run and does not wait for it; gives its id.</summary>
    public async Task<string> BeginAsync(string route, string input)
    {
        using var started = await Http.PostAsJsonAsync($"/api/v1/{route}/run?wait=0", new { input });
        return (string)(await started.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
    }

    /// <summary>The run, or the run of one of its members, that asks; when all that it asked for is on record it has nothing to do but wait.</summary>
    public async Task<JsonObject> ParkedAsync()
    {
        using var limit = new CancellationTokenSource(FunctionsHost.Patience);
        while (true)
        {
            var asked = (await Http.GetFromJsonAsync<JsonObject>("/api/v1/approvals?status=pending", limit.Token))!["data"]!.AsArray();
            if (asked.Count > 0)
            {
                await ParkedHistoryAsync((string)asked[0]!["run_id"]!);
                return asked[0]!.AsObject();
            }
        }
    }

    /// <summary>The history of a run that waits for a person. Its row says so a moment before: the call that asks writes the row, then ends.</summary>
    public async Task<string> ParkedHistoryAsync(string runId)
    {
        using var limit = new CancellationTokenSource(FunctionsHost.Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            if (await HistoryAsync(runId) is { } history && !history.Contains("TaskScheduled", StringComparison.Ordinal))
                return history;
        }
    }

    public async Task<string?> HistoryAsync(string runId) => (await _host.Services.GetRequiredService<IRunHistory>().GetAsync(
        _host.Services.GetRequiredService<DurableTaskClient>(), runId, CancellationToken.None))?.ToJsonString();

    public async Task ApproveAsync(string approvalId)
    {
        using var resolved = await Http.PostAsJsonAsync($"/api/v1/approvals/{approvalId}/resolve", new { status = "approved", resolved_by = "a-person" });
        resolved.EnsureSuccessStatusCode();
    }

    /// <summary>The run when it has ended.</summary>
    public async Task<JsonObject> EndOfAsync(string runId)
    {
        await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), []).WaitAsync(FunctionsHost.Patience);
        return (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!;
    }
}
