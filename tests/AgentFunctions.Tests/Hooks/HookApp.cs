// An app with hooks in code, served in this process, and hooks that do what a test tells them.
using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using AgentFunctions.Local;
using AgentFunctions.Local.Cli;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Hooks;

/// <summary>One host per test. Agents: caller pays once and answers, looper pays in every step, talker has no tool.</summary>
internal sealed class HookApp : IAsyncDisposable
{
    private const string Config = """
        models:
          paying:
            provider: scripted
            model: paying-script
            script:
              - { after_tool: pay, say: "Paid: {result}" }
              - call: [{ tool: pay, arguments: { amount: 5 } }]
          repeating:
            provider: scripted
            model: repeating-script
            script:
              - { when: stop, say: "Stopped." }
              - call: [{ tool: pay, arguments: { amount: 5 } }]
          talking: { provider: scripted, model: talking-script, script: [{ say: "You said: {input}" }] }
          lost: { provider: scripted, model: lost-script, script: [{ call: [{ tool: hang, arguments: {} }], step: 1 }, { say: "Never mind." }] }
        agents:
          - { name: caller, model: paying, prompt: Pay., tools: [pay] }
          - { name: looper, model: repeating, prompt: Pay., tools: [pay], max_steps: 3 }
          - { name: talker, model: talking, prompt: Talk. }
          - { name: lost, model: lost, prompt: Get lost., tools: [pay] }
        """;

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new();
    private LocalHost? _host;

    public Payments Payments { get; } = new();

    public static async Task<HookApp> StartAsync(Action<IServiceCollection> configure, string config = Config)
    {
        var app = new HookApp();
        var options = new ServeOptions(app._folder.Write("agents.yaml", config), Path.Combine(app._folder.Path, "data"), "http://127.0.0.1:0")
        {
            Configure = services =>
            {
                services.AddSingleton(app.Payments);
                services.AddAgentTools<PaymentTool>();
                configure(services);
            },
        };
        app._host = await LocalHost.StartAsync(options, quiet: true, CancellationToken.None);
        app._http.BaseAddress = app._host.Address;
        return app;
    }

    public T Get<T>() where T : notnull => _host!.Services.GetRequiredService<T>();

    public async Task<JsonObject> RunAsync(string agent, string input = "Go.", string? session = null)
    {
        using var response = await _http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input, session_id = session });
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public async Task<JsonObject> PostAsync(string path, object body)
    {
        using var response = await _http.PostAsJsonAsync(path, body);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public async Task<JsonObject> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonObject>(path))!;

    /// <summary>The root span of a run's trace.</summary>
    public async Task<JsonObject> RootAsync(JsonObject run) =>
        Assert.Single((await GetAsync($"/api/v1/runs/{run["run_id"]}/trace"))["tree"]!.AsArray())!.AsObject();

    /// <summary>The latest tool_call event of a run that is completed.</summary>
    public async Task<JsonObject> CompletedCallAsync(JsonObject run)
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(_http, new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{run["run_id"]}/events"), frames));
        return frames.Last(f => f.Type == "tool_call" && (string?)f.Data["status"] == "completed").Data;
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }
}

/// <summary>What the tool did.</summary>
internal sealed class Payments
{
    public ConcurrentQueue<(int Amount, string? Note)> Made { get; } = new();
}

internal sealed class PaymentTool(Payments payments)
{
    [AgentTool]
    public string Pay(int amount, ToolInvocation call)
    {
        payments.Made.Enqueue((amount, call.Context?.GetValueOrDefault("note")));
        return $"paid {amount}";
    }

    [AgentTool(Approval = true)]
    public string PayDear(int amount, ToolInvocation call) => Pay(amount, call);

    [AgentTool]
    public async Task<string> Hang(CancellationToken cancellationToken)
    {
        await Cancellation.HangAsync(cancellationToken);
        return "never";
    }
}

/// <summary>Writes down what it is told.</summary>
internal sealed class Witness : IAgentHook
{
    public ConcurrentQueue<string> Seen { get; } = new();

    public ConcurrentQueue<object> Told { get; } = new();

    public ValueTask OnRequestAsync(RequestInfo info, CancellationToken cancellationToken) => Note($"request {info.Step}", info);

    public ValueTask OnResponseAsync(ResponseInfo info, CancellationToken cancellationToken) => Note($"response {info.Step} {info.FinishReason}", info);

    public ValueTask OnToolCallStartAsync(ToolCallStartInfo info, CancellationToken cancellationToken) => Note($"tool start {info.ToolName}", info);

    public ValueTask OnToolCallAsync(ToolCallInfo info, CancellationToken cancellationToken) => Note($"tool {info.ToolName} {info.ErrorCode ?? "ok"}", info);

    public ValueTask OnStepFinishAsync(StepFinishInfo info, CancellationToken cancellationToken) => Note($"step {info.Step}", info);

    public ValueTask OnFinishAsync(FinishInfo info, CancellationToken cancellationToken) => Note($"finish {info.Run.TerminationReason}", info);

    private ValueTask Note(string what, object info)
    {
        Seen.Enqueue(what);
        Told.Enqueue(info);
        return default;
    }
}

/// <summary>Intercepts as a test says.</summary>
internal class Interceptor : IAgentHook
{
    public Func<BeforeToolInfo, BeforeToolResult?> Before { get; init; } = _ => null;

    public Func<AfterToolInfo, AfterToolResult?> After { get; init; } = _ => null;

    public Func<BeforeStepInfo, BeforeStepResult?> Step { get; init; } = _ => null;

    public ValueTask<BeforeToolResult?> OnBeforeToolExecuteAsync(BeforeToolInfo info, CancellationToken cancellationToken) => new(Before(info));

    public ValueTask<AfterToolResult?> OnAfterToolExecuteAsync(AfterToolInfo info, CancellationToken cancellationToken) => new(After(info));

    public ValueTask<BeforeStepResult?> OnBeforeStepAsync(BeforeStepInfo info, CancellationToken cancellationToken) => new(Step(info));

    public static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);
}

/// <summary>The second of a chain.</summary>
internal sealed class SecondInterceptor : Interceptor;

/// <summary>Fails wherever it is asked or told.</summary>
internal sealed class Broken : IAgentHook
{
    public ValueTask OnRequestAsync(RequestInfo info, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");

    public ValueTask OnToolCallStartAsync(ToolCallStartInfo info, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");

    public ValueTask OnFinishAsync(FinishInfo info, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");

    public ValueTask<AfterToolResult?> OnAfterToolExecuteAsync(AfterToolInfo info, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");

    public ValueTask<BeforeStepResult?> OnBeforeStepAsync(BeforeStepInfo info, CancellationToken cancellationToken) => throw new InvalidOperationException("broken");
}
