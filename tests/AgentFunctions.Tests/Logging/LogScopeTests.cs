// What others log while a step is done, such as a tool or an HTTP client.
using System.Collections.Concurrent;
using AgentFunctions.Agents;
using AgentFunctions.Http;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Logging;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Tools;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;

namespace AgentFunctions.Tests.Logging;

public sealed class LogScopeTests
{
    private const string Agents = """
        models:
          quick: { provider: scripted, model: quick-script, script: [{ call: [{ tool: chatter }] }] }
        agents:
          - { name: greeter, model: quick, prompt: Greet., tools: [chatter] }
        """;

    [Fact]
    public async Task A_line_that_a_tool_logs_for_itself_names_run_step_call_agent_session_and_trace()
    {
        var lines = new ScopedLines();
        await using var services = new RunServices(new FakeTime(), Agents, s => s.AddAgentTools<Chatter>().AddSingleton<ILoggerProvider>(lines));
        var run = await services.Get<RunStarter>().StartAsync(
            new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, null, null, CancellationToken.None);
        var answer = await services.Get<CallModelRunner>().RunAsync(new ModelStep(run.RunId, 1, 1, 1), CancellationToken.None);
        var call = Assert.Single(answer.ToolCalls);
        await services.Get<ExecuteToolRunner>().RunAsync(new ToolStep(run.RunId, 1, call.CallId, call.Tool), CancellationToken.None);

        var scope = Assert.Single(lines.Of("Elsewhere"));
        Assert.Equal(run.RunId, scope[RunLogScope.RunId]);
        Assert.Equal(1, scope[RunLogScope.Step]);
        Assert.Equal(call.CallId, scope[RunLogScope.ToolCallId]);
        Assert.Equal("greeter", scope[RunLogScope.AgentId]);
        Assert.Equal(run.SessionId, scope[RunLogScope.SessionId]);
        Assert.Equal(run.TraceId, scope[RunLogScope.TraceId]);
    }

    public sealed class Chatter(ILoggerFactory loggers)
    {
        [AgentTool(Name = "chatter", Effect = ToolEffect.Pure, Description = "Logs.")]
        public string Chat()
        {
            loggers.CreateLogger("Elsewhere").LogWarning("Chatting.");
            return "done";
        }
    }

    /// <summary>Remembers each line's category and the values of its scopes.</summary>
    private sealed class ScopedLines : ILoggerProvider, ISupportExternalScope
    {
        private readonly ConcurrentQueue<(string Category, Dictionary<string, object?> Scope)> _lines = new();
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public IEnumerable<Dictionary<string, object?>> Of(string category) => _lines.Where(l => l.Category == category).Select(l => l.Scope);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(ScopedLines owner, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => owner._scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                var values = new Dictionary<string, object?>();
                owner._scopes.ForEachScope((scope, all) =>
                {
                    foreach (var (key, value) in scope as IEnumerable<KeyValuePair<string, object?>> ?? [])
                        all[key] = value;
                }, values);
                owner._lines.Enqueue((category, values));
            }
        }
    }
}
