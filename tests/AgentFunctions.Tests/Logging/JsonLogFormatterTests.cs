// The line that one log entry becomes.
using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Logging;
using AgentFunctions.Tests.Engine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentFunctions.Tests.Logging;

public sealed class JsonLogFormatterTests
{
    private const string RunTraceId = "0af7651916cd43dd8448eb211c80319c";

    private readonly FakeTime _time = new();
    private readonly LoggerExternalScopeProvider _scopes = new();

    [Fact]
    public void A_line_has_time_level_category_event_message_and_arguments()
    {
        var line = Write(new EventId(1301, "Began"), [new("Run", "run_1"), new("Seconds", 1.5), new("{OriginalFormat}", "x")], "Run run_1 begins");

        Assert.Equal(_time.GetUtcNow(), (DateTimeOffset)line["timestamp"]!);
        Assert.Equal("information", (string?)line["level"]);
        Assert.Equal("Category", (string?)line["category"]);
        Assert.Equal((1301, "Began"), ((int)line["event_id"]!, (string?)line["event"]));
        Assert.Equal("Run run_1 begins", (string?)line["message"]);
        Assert.Equal("""{"Run":"run_1","Seconds":1.5}""", line["args"]!.ToJsonString());
        Assert.Null(line["trace_id"]);
    }

    [Fact]
    public void Inside_a_run_it_has_the_runs_keys_and_other_scopes_apart()
    {
        var logger = new ScopeLogger(_scopes);
        using var function = _scopes.Push(new Dictionary<string, object?> { ["FunctionName"] = "CallModel" });
        using var step = logger.BeginStep(new ModelStep("run_1", 2, 1, 1));
        using var run = logger.BeginRun("run_1", "weather", "ses_1", RunTraceId);

        var line = Write(default, [], "x");

        Assert.Equal("run_1", (string?)line["run_id"]);
        Assert.Equal("weather", (string?)line["agent_id"]);
        Assert.Equal("ses_1", (string?)line["session_id"]);
        Assert.Equal((2, 1), ((int)line["step"]!, (int)line["attempt"]!));
        Assert.Equal(RunTraceId, (string?)line["trace_id"]);
        Assert.Equal(RunTrace.SpanId("run_1", RunTrace.RootPath).ToHexString(), (string?)line["span_id"]);
        Assert.Equal("""{"FunctionName":"CallModel"}""", line["scope"]!.ToJsonString());
    }

    [Fact]
    public void The_current_span_is_named_when_it_belongs_to_the_runs_trace_and_not_when_it_does_not()
    {
        using var run = new ScopeLogger(_scopes).BeginRun("run_1", "weather", "ses_1", RunTraceId);
        using var foreign = new Activity("function").SetIdFormat(ActivityIdFormat.W3C).Start();
        var outside = Write(default, [], "x");
        using var chat = new Activity("chat").SetParentId(ActivityTraceId.CreateFromString(RunTraceId), ActivitySpanId.CreateRandom()).Start();
        var inside = Write(default, [], "x");

        Assert.Equal(RunTraceId, (string?)outside["trace_id"]);
        Assert.Equal(RunTrace.SpanId("run_1", RunTrace.RootPath).ToHexString(), (string?)outside["span_id"]);
        Assert.Equal((RunTraceId, chat.SpanId.ToHexString()), ((string?)inside["trace_id"], (string?)inside["span_id"]));
    }

    [Fact]
    public void An_exception_and_a_message_of_several_lines_stay_on_one_line()
    {
        var line = Write(default, [], "a\nb \"c\"", new InvalidOperationException("broken"));

        Assert.Equal("a\nb \"c\"", (string?)line["message"]);
        Assert.Contains("broken", (string?)line["exception"]);
    }

    private JsonObject Write(EventId id, List<KeyValuePair<string, object?>> state, string message, Exception? exception = null)
    {
        using var text = new StringWriter();
        var entry = new LogEntry<List<KeyValuePair<string, object?>>>(LogLevel.Information, "Category", id, state, exception, (_, _) => message);
        new JsonLogFormatter(_time).Write(entry, _scopes, text);
        Assert.Equal(text.ToString().Length - 1, text.ToString().IndexOf('\n'));
        return JsonNode.Parse(text.ToString())!.AsObject();
    }

    private sealed class ScopeLogger(LoggerExternalScopeProvider scopes) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => false;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new NotSupportedException();
    }
}
