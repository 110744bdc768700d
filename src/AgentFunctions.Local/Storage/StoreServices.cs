using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Audit;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Traces;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Local.Storage;

/// <summary>Registers the SQLite stores of the embedded build.</summary>
public static class StoreServices
{
    /// <summary>The key under which the <see cref="SqliteDatabase"/> of traces.db is registered; the one without a key is state.db.</summary>
    public const string TracesDatabase = "traces";

    /// <summary>The key of audit.db.</summary>
    public const string AuditDatabase = "audit";

    /// <summary>
    /// Adds all stores and their three databases. Files are opened on first use and closed with the container, after what was
    /// written is committed.
    /// </summary>
    /// <param name="dataDirectory">Where state.db, traces.db and audit.db are; it must exist. The caller owns it (see <see cref="DataDirectory"/>).</param>
    public static IServiceCollection AddSqliteStores(this IServiceCollection services, string dataDirectory)
    {
        services.AddSingleton(_ => Open(dataDirectory, "state.db", StateSchema.Apply));
        services.AddKeyedSingleton(TracesDatabase, (_, _) => Open(dataDirectory, "traces.db", TraceSchema.Apply));
        services.AddKeyedSingleton(AuditDatabase, (_, _) => Open(dataDirectory, "audit.db", AuditSchema.Apply));
        services.AddSingleton<IAuditLog>(provider => new SqliteAuditLog(provider.GetRequiredKeyedService<SqliteDatabase>(AuditDatabase)));
        services.AddSingleton(provider => new SqliteRunStore(provider.GetRequiredService<SqliteDatabase>()));
        services.AddRunStore(provider => provider.GetRequiredService<SqliteRunStore>());
        services.AddSingleton<IUntracedRuns>(provider => provider.GetRequiredService<SqliteRunStore>());
        services.AddSingleton<IRunErasure>(provider => provider.GetRequiredService<SqliteRunStore>());
        services.AddSingleton<ISessionStore, SqliteSessionStore>();
        services.AddSingleton<SqliteApprovalStore>();
        services.AddSingleton<IApprovalStore>(provider => provider.GetRequiredService<SqliteApprovalStore>());
        services.AddSingleton<IApprovalErasure>(provider => provider.GetRequiredService<SqliteApprovalStore>());
        services.AddSingleton<IDefinitionStore, SqliteDefinitionStore>();
        services.AddSingleton(provider => new SqliteTraceStore(provider.GetRequiredKeyedService<SqliteDatabase>(TracesDatabase)));
        services.AddSingleton<ITraceStore>(provider => provider.GetRequiredService<SqliteTraceStore>());
        services.AddSingleton<ITraceQueries>(provider => provider.GetRequiredService<SqliteTraceStore>());
        services.AddSingleton<ITraceErasure>(provider => provider.GetRequiredService<SqliteTraceStore>());
        services.AddSingleton<ITraceRetention>(provider => provider.GetRequiredService<SqliteTraceStore>());
        return services;
    }

    private static SqliteDatabase Open(string dataDirectory, string file, Action<SqliteDatabase> migrate)
    {
        var database = SqliteDatabase.Open(Path.Combine(dataDirectory, file));
        try
        {
            migrate(database);
            return database;
        }
        catch
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }
}
