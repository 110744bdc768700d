// The tables of the Azure build and the shape of their partitions; docs/decisions/table-storage.md says what is atomic.
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>The tables that runs, sessions, definitions and approvals live in.</summary>
public sealed class AgentTables(TableServiceClient service, string prefix)
{
    /// <summary>A partition per run: its head, row, results, messages, events and keys.</summary>
    internal TableClient Runs { get; } = service.GetTableClient(prefix + "Runs");

    /// <summary>A partition per list: which runs or sessions it has, newest first.</summary>
    internal TableClient Lists { get; } = service.GetTableClient(prefix + "Lists");

    /// <summary>A partition per session: its row, the runs that were counted, and the order of its turns.</summary>
    internal TableClient Sessions { get; } = service.GetTableClient(prefix + "Sessions");

    /// <summary>A partition per definition hash.</summary>
    internal TableClient Definitions { get; } = service.GetTableClient(prefix + "Definitions");

    /// <summary>A partition per approval.</summary>
    internal TableClient Approvals { get; } = service.GetTableClient(prefix + "Approvals");

    /// <summary>One partition: the audit log.</summary>
    internal TableClient Audit { get; } = service.GetTableClient(prefix + "Audit");

    /// <summary>Creates the tables that are missing.</summary>
    public Task CreateAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(new[] { Runs, Lists, Sessions, Definitions, Approvals, Audit }.Select(table => table.CreateIfNotExistsAsync(cancellationToken)));
}
