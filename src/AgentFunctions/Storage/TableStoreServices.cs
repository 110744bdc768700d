using System.Security.Cryptography;
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Audit;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Traces;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Storage;

/// <summary>Registers the stores on Azure Table storage.</summary>
public static class TableStoreServices
{
    /// <summary>
    /// Runs, sessions, definitions and spans in the account that <paramref name="service"/> reaches. The tables are created
    /// when the host starts; a host that cannot reach them does not start.
    /// </summary>
    public static IServiceCollection AddTableStores(this IServiceCollection services, TableServiceClient service, TableStoreOptions? options = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IIdSource, GuidIdSource>();
        services.AddSingleton(new AgentTables(service, (options ?? new TableStoreOptions()).TablePrefix));
        services.TryAddSingleton(provider => new WriteConflicts(provider.GetRequiredService<TimeProvider>(), NextJitter));
        services.AddSingleton<TableRunStore>();
        services.AddRunStore(provider => provider.GetRequiredService<TableRunStore>());
        services.AddSingleton<IUntracedRuns>(provider => provider.GetRequiredService<TableRunStore>());
        services.AddSingleton<ISessionStore>(provider => provider.GetRequiredService<TableRunStore>());
        services.AddSingleton<IDefinitionStore>(provider => provider.GetRequiredService<TableRunStore>());
        services.AddSingleton<IRunErasure>(provider => provider.GetRequiredService<TableRunStore>());
        services.AddSingleton<TableApprovalStore>();
        services.AddSingleton<IApprovalStore>(provider => provider.GetRequiredService<TableApprovalStore>());
        services.AddSingleton<IApprovalErasure>(provider => provider.GetRequiredService<TableApprovalStore>());
        services.AddSingleton<IAuditLog, TableAuditLog>();
        services.AddHostedService<TableCreation>();
        return services.AddTableTraceStore(service, options);
    }

    /// <summary>Spans alone, in the account that <paramref name="service"/> reaches.</summary>
    public static IServiceCollection AddTableTraceStore(this IServiceCollection services, TableServiceClient service, TableStoreOptions? options = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new WriteConflicts(provider.GetRequiredService<TimeProvider>(), NextJitter));
        services.AddSingleton(new TraceTables(service, (options ?? new TableStoreOptions()).TablePrefix));
        services.AddSingleton<TableTraceStore>();
        services.AddSingleton<ITraceStore>(provider => provider.GetRequiredService<TableTraceStore>());
        services.AddSingleton<ITraceQueries>(provider => provider.GetRequiredService<TableTraceStore>());
        services.AddSingleton<ITraceErasure>(provider => provider.GetRequiredService<TableTraceStore>());
        services.AddSingleton<ITraceRetention>(provider => provider.GetRequiredService<TableTraceStore>());
        return services.AddHostedService<TraceTableCreation>();
    }

    private static double NextJitter() => RandomNumberGenerator.GetInt32(1 << 20) / (double)(1 << 20);

    private sealed class TraceTableCreation(TraceTables tables) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => tables.CreateAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class TableCreation(AgentTables tables) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => tables.CreateAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
