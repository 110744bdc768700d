// What an orchestrator logs of its run: once, however often its code is replayed, and under the run's trace.
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Logging;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Orchestrations;

// The logger is a local of each method, so that the Durable analyzer can follow it from the context to where it writes.
internal sealed partial class RunLog(TaskOrchestrationContext context, RunStart run)
{
    private const string Category = "AgentFunctions.Orchestrations.AgentRun";

    public void Began(int position)
    {
        var logger = context.CreateReplaySafeLogger(Category);
        using var scope = Enter(logger);
        LogBegan(logger, run.RunId, position, run.SessionId);
    }

    public void Retries(ModelStepResult failed, TimeSpan delay)
    {
        var logger = context.CreateReplaySafeLogger(Category);
        using var scope = Enter(logger);
        LogRetries(logger, run.RunId, failed.Step, failed.Attempt, failed.Error?.Code, delay.TotalSeconds);
    }

    public void FallsBack(ModelStepResult failed)
    {
        var logger = context.CreateReplaySafeLogger(Category);
        using var scope = Enter(logger);
        LogFallsBack(logger, run.RunId, failed.Step, failed.RequestModel, failed.Error?.Code);
    }

    public void WaitsForBudget(int step)
    {
        var logger = context.CreateReplaySafeLogger(Category);
        using var scope = Enter(logger);
        LogWaitsForBudget(logger, run.RunId, step);
    }

    public void Ended(RunOutcome outcome)
    {
        var logger = context.CreateReplaySafeLogger(Category);
        using var scope = Enter(logger);
        LogEnded(logger, run.RunId, outcome.Status, outcome.TerminationReason, outcome.Steps, outcome.Error?.Code);
    }

    // The logger is silent in a replay by itself; this spares the scope.
    private Scope? Enter(ILogger logger) => context.IsReplaying
        ? null
        : new Scope(RunContext.Enter(run.RunId, run.TraceId), logger.BeginRun(run.RunId, run.AgentId, run.SessionId, run.TraceId));

    private sealed class Scope(RunContext trace, IDisposable? fields) : IDisposable
    {
        public void Dispose()
        {
            fields?.Dispose();
            trace.Dispose();
        }
    }

    [LoggerMessage(EventId = 1301, Level = LogLevel.Information, Message = "Run {RunId} begins as number {Position} of session {SessionId}")]
    private static partial void LogBegan(ILogger logger, string runId, int position, string sessionId);

    [LoggerMessage(EventId = 1302, Level = LogLevel.Warning,
        Message = "Run {RunId} calls the model of step {Step} again in {Seconds} s: attempt {Attempt} failed with {Code}")]
    private static partial void LogRetries(ILogger logger, string runId, int step, int attempt, string? code, double seconds);

    [LoggerMessage(EventId = 1304, Level = LogLevel.Warning,
        Message = "Run {RunId} calls the next model of its chain in step {Step}: {Model} failed with {Code}")]
    private static partial void LogFallsBack(ILogger logger, string runId, int step, string? model, string? code);

    [LoggerMessage(EventId = 1305, Level = LogLevel.Information,
        Message = "Run {RunId} waits before step {Step}: other runs have reserved what is left of the budget of its session or user")]
    private static partial void LogWaitsForBudget(ILogger logger, string runId, int step);

    [LoggerMessage(EventId = 1303, Level = LogLevel.Information,
        Message = "Run {RunId} ended as {Status} ({TerminationReason}) after {Steps} steps, error {Code}")]
    private static partial void LogEnded(ILogger logger, string runId, RunStatus status, string terminationReason, int steps, string? code);
}
