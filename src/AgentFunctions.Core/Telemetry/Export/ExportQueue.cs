using System.Diagnostics;
using OpenTelemetry;

namespace AgentFunctions.Telemetry.Export;

/// <summary>
/// One exporter's queue and thread, so that a slow endpoint delays neither runs nor other exporters. Spans are put in
/// directly, not through the chain of processors: every exporter has copies of its own.
/// </summary>
internal sealed class ExportQueue(BaseExporter<Activity> exporter, ExportQueueSize size, ExportLedger ledger)
    : BatchExportProcessor<Activity>(exporter, size.MaxQueueSize, size.DelayMilliseconds, size.TimeoutMilliseconds, size.MaxBatchSize)
{
    /// <summary>Never waits: what finds no room is dropped and counted.</summary>
    public void Add(Activity span)
    {
        if (ledger.TryAdd())
            OnExport(span);
    }

    /// <summary>Sends what waits, for at most <paramref name="timeout"/>; the rest is counted as lost.</summary>
    public bool Stop(TimeSpan timeout)
    {
        var sent = Shutdown((int)timeout.TotalMilliseconds);
        ledger.Close();
        return sent;
    }

    // What ends in the chain belongs to others.
    public override void OnEnd(Activity data)
    {
    }
}

internal sealed record ExportQueueSize(int MaxQueueSize, int MaxBatchSize, int DelayMilliseconds, int TimeoutMilliseconds);
