using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Orchestrations that stay in memory are not replayed, so code that is not deterministic would show only after a crash, or on Azure.
/// This replays the first ones of each name once they have ended, and warns.
/// </summary>
internal sealed class ReplayCheck(EngineStore store, ILogger log)
{
    private const int ChecksPerOrchestrator = 10;

    private readonly ConcurrentDictionary<string, int> _done = new(StringComparer.OrdinalIgnoreCase);

    public async Task RunAsync(InstanceRow instance, OrchestratorCode code)
    {
        if (_done.GetValueOrDefault(instance.Name) >= ChecksPerOrchestrator
            || _done.AddOrUpdate(instance.Name, 1, (_, done) => done + 1) > ChecksPerOrchestrator)
        {
            return;
        }
        var history = await store.ReadAsync(connection => HistoryTable.Read(connection, instance.Number));
        if (history.Events.Count == 0)
        {
            return; // purged already
        }
        try
        {
            new Replay(instance.InstanceId, instance.ExecutionId, code).Repeat(history.Events);
        }
        catch (NonDeterminismException e)
        {
            EngineLog.CannotBeReplayed(log, instance.InstanceId, e.Message);
        }
    }
}
