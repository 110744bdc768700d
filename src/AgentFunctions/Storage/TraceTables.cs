// The tables of the trace store; docs/decisions/table-storage.md says which question each partition answers.
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>The tables that spans live in, which may be in another account than the runs.</summary>
public sealed class TraceTables(TableServiceClient service, string prefix)
{
    /// <summary>A partition per trace: its spans, their content, and the index of them.</summary>
    internal TableClient Spans { get; } = service.GetTableClient(prefix + "Spans");

    /// <summary>Lists of traces, by minute: all of them an hour a partition, the others in partitions that many lists share.</summary>
    internal TableClient Lists { get; } = service.GetTableClient(prefix + "TraceLists");

    /// <summary>Creates the tables that are missing.</summary>
    public Task CreateAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(new[] { Spans, Lists }.Select(table => table.CreateIfNotExistsAsync(cancellationToken)));
}
