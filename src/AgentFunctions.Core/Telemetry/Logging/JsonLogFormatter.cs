using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AgentFunctions.Telemetry.Logging;

/// <summary>
/// One JSON object a line: <c>timestamp</c>, <c>level</c>, <c>category</c>, <c>event_id</c>, <c>event</c>, <c>message</c>,
/// the trace (<c>trace_id</c>, <c>span_id</c>), what <see cref="RunLogScope"/> says of the run, the message's <c>args</c>,
/// other <c>scope</c> values, and <c>exception</c>.
/// </summary>
public sealed class JsonLogFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "agentfunctions-json";

    private const string Template = "{OriginalFormat}";

    private static readonly string[] _runKeys =
        [RunLogScope.RunId, RunLogScope.AgentId, RunLogScope.SessionId, RunLogScope.Step, RunLogScope.Attempt, RunLogScope.ToolCallId];

    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, _json))
        {
            json.WriteStartObject();
            WriteEntry(json, logEntry);
            var scope = ScopeOf(scopeProvider);
            WriteTrace(json, scope);
            WriteRun(json, scope);
            WriteValues(json, "args", ValuesOf(logEntry.State));
            WriteValues(json, "scope", scope);
            if (logEntry.Exception is { } exception)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    private void WriteEntry<TState>(Utf8JsonWriter json, in LogEntry<TState> entry)
    {
        json.WriteString("timestamp", time.GetUtcNow());
        json.WriteString("level", entry.LogLevel.ToString().ToLowerInvariant());
        json.WriteString("category", entry.Category);
        json.WriteNumber("event_id", entry.EventId.Id);
        if (entry.EventId.Name is { } name)
            json.WriteString("event", name);
        json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
    }

    // The innermost scope that has a key says its value.
    private static Dictionary<string, object?> ScopeOf(IExternalScopeProvider? scopes)
    {
        var values = new Dictionary<string, object?>();
        scopes?.ForEachScope(
            (scope, all) =>
            {
                foreach (var (key, value) in ValuesOf(scope))
                    all[key] = value;
            },
            values);
        return values;
    }

    // The run's own trace, and the span that is current if it belongs to it: the function's span is of another trace.
    private static void WriteTrace(Utf8JsonWriter json, Dictionary<string, object?> scope)
    {
        scope.Remove(RunLogScope.TraceId, out var runTrace);
        scope.Remove(RunLogScope.SpanId, out var rootSpan);
        var current = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity : null;
        var currentTrace = current?.TraceId.ToHexString();
        var isOfRun = runTrace is null || currentTrace == (string)runTrace;
        if ((isOfRun ? currentTrace : runTrace) is not { } traceId)
            return;
        json.WriteString("trace_id", (string)traceId);
        json.WriteString("span_id", isOfRun ? current!.SpanId.ToHexString() : (string?)rootSpan);
    }

    private static void WriteRun(Utf8JsonWriter json, Dictionary<string, object?> scope)
    {
        foreach (var key in _runKeys)
        {
            if (scope.Remove(key, out var value))
                WriteValue(json, key, value);
        }
    }

    private static void WriteValues(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, object?>> values)
    {
        var named = values.Where(value => value.Key != Template).ToList();
        if (named.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach (var (key, value) in named)
            WriteValue(json, key, value);
        json.WriteEndObject();
    }

    private static IEnumerable<KeyValuePair<string, object?>> ValuesOf(object? state) =>
        state as IEnumerable<KeyValuePair<string, object?>> ?? [];

    private static void WriteValue(Utf8JsonWriter json, string key, object? value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBoolean(key, flag);
                break;
            case int or long or short or byte:
                json.WriteNumber(key, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(key, number);
                break;
            case decimal number:
                json.WriteNumber(key, number);
                break;
            default:
                json.WriteString(key, Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
