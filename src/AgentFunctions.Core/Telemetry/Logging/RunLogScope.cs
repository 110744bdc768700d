using AgentFunctions.Runs;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry.Logging;

/// <summary>
/// What every log line says that is written while a run's work is done, whoever writes it: run, step, agent, session and
/// the run's trace. The keys are the same in JSON lines and on exported log records.
/// </summary>
public static class RunLogScope
{
    public const string RunId = "run_id";
    public const string AgentId = "agent_id";
    public const string SessionId = "session_id";
    public const string Step = "step";
    public const string Attempt = "attempt";
    public const string ToolCallId = "tool_call_id";
    public const string TraceId = "trace_id";
    public const string SpanId = "span_id";

    /// <summary>For work on a run whose row is at hand.</summary>
    public static IDisposable? BeginRun(this ILogger logger, RunRecord run) =>
        logger.BeginRun(run.RunId, run.AgentId, run.SessionId, run.TraceId);

    /// <param name="traceId">32 hex digits; null when it is not known here.</param>
    public static IDisposable? BeginRun(this ILogger logger, string runId, string agentId, string sessionId, string? traceId)
    {
        var values = new List<KeyValuePair<string, object?>> { new(RunId, runId), new(AgentId, agentId), new(SessionId, sessionId) };
        if (traceId is not null)
            values.AddRange([new(TraceId, traceId), new(SpanId, RunTrace.SpanId(runId, RunTrace.RootPath).ToHexString())]);
        return logger.BeginScope(values);
    }

    /// <summary>For one model call, from its beginning.</summary>
    public static IDisposable? BeginStep(this ILogger logger, ModelStep step) => logger.BeginScope(new List<KeyValuePair<string, object?>>
    {
        new(RunId, step.RunId), new(Step, step.Step), new(Attempt, step.Attempt),
    });

    /// <summary>For one tool call, from its beginning.</summary>
    public static IDisposable? BeginStep(this ILogger logger, ToolStep step) => logger.BeginScope(new List<KeyValuePair<string, object?>>
    {
        new(RunId, step.RunId), new(Step, step.Step), new(ToolCallId, step.CallId),
    });
}
