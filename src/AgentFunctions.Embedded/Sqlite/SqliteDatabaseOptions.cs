namespace AgentFunctions.Embedded.Sqlite;

/// <summary>How a database file is opened.</summary>
public sealed record SqliteDatabaseOptions
{
    /// <summary>When a commit counts as done. Default <see cref="SqliteSynchronous.Full"/>.</summary>
    public SqliteSynchronous Synchronous { get; init; } = SqliteSynchronous.Full;

    /// <summary>How long to wait for a lock that another program (a backup, a shell) holds. Default 5 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Connections that read at the same time. Default 4.</summary>
    public int ReadConnections { get; init; } = 4;

    /// <summary>The most writes that share one commit. Default 256.</summary>
    public int MaxGroupSize { get; init; } = 256;
}

/// <summary>SQLite's synchronous setting for the write-ahead log.</summary>
public enum SqliteSynchronous
{
    /// <summary>A committed write survives the death of the process; the last ones may be lost when the power fails.</summary>
    Normal = 1,

    /// <summary>A committed write survives a power failure: every commit waits for the disk.</summary>
    Full = 2,
}
