using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>Completes the stored traces of runs that ended while their stores failed or did not answer in time.</summary>
public sealed partial class TraceRepair(
    IUntracedRuns runs, DefinitionResolver definitions, RunTracer tracer, ILogger<TraceRepair> logger)
{
    private const int BatchSize = 100;

    /// <summary>One look; a trace that cannot be completed now is logged and left for the next one.</summary>
    public async Task RepairAsync(CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ListUntracedAsync(BatchSize, cancellationToken))
            await RepairAsync(run, cancellationToken);
    }

    private async Task RepairAsync(RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
            if (!await tracer.RepairAsync(run, agent, cancellationToken))
                return;
            await runs.MarkTracedAsync(run.RunId, cancellationToken);
            LogRepaired(run.RunId);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotRepaired(e, run.RunId);
        }
    }

    [LoggerMessage(EventId = 1210, Level = LogLevel.Information, Message = "The stored trace of run {RunId} is whole now")]
    private partial void LogRepaired(string runId);

    [LoggerMessage(EventId = 1211, Level = LogLevel.Warning, Message = "The stored trace of run {RunId} could not be completed; the next sweep tries again")]
    private partial void LogNotRepaired(Exception exception, string runId);
}
