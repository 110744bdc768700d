// The tables of this build's three databases, applied when a file is opened.
using AgentFunctions.Embedded.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The tables of runs, sessions and definitions in state.db, beside those of the engine.</summary>
public static class StateSchema
{
    /// <summary>Brings the tables up to date.</summary>
    /// <exception cref="StorageException">The file was written by a newer version of this program.</exception>
    public static void Apply(SqliteDatabase database) => database.Migrate("runs", Scripts.Of("Runs"));
}

/// <summary>The table of spans in traces.db.</summary>
public static class TraceSchema
{
    /// <inheritdoc cref="StateSchema.Apply"/>
    public static void Apply(SqliteDatabase database) => database.Migrate("spans", Scripts.Of("Traces"));
}

/// <summary>The audit log in audit.db.</summary>
public static class AuditSchema
{
    /// <inheritdoc cref="StateSchema.Apply"/>
    public static void Apply(SqliteDatabase database) => database.Migrate("audit", Scripts.Of("Audit"));
}

internal static class Scripts
{
    public static IReadOnlyList<string> Of(string folder) =>
        SqlScripts.Load(typeof(Scripts).Assembly, $"AgentFunctions.Local.Storage.Schema.{folder}.");
}
