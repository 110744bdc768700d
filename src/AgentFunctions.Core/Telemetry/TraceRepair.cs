using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>Completes the stored traces of runs that ended while their stores failed or did not answer in time.</summary>
/// <param name="stores">The run store, where it can list such runs.</param>
public sealed partial class TraceRepair(
    IEnumerable<IUntracedRuns> stores, DefinitionResolver definitions, RunTracer tracer, ILogger<TraceRepair> logger)
{
    private const int BatchSize = 100;

    /// <summary>One look; a trace that cannot be completed now is logged and left for the next one.</summary>
    public async Task RepairAsync(CancellationToken cancellationToken)
    {
        foreach (var store in stores)
        {
            foreach (var run in await store.ListUntracedAsync(BatchSize, cancellationToken))
                await RepairAsync(store, run, cancellationToken);
        }
    }

    private async Task RepairAsync(IUntracedRuns store, RunRecord run, CancellationToken cancellationToken)
    {
        try
        {
            var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
            if (!await tracer.RepairAsync(run, agent, cancellationToken))
                return;
            await store.MarkTracedAsync(run.RunId, cancellationToken);
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
