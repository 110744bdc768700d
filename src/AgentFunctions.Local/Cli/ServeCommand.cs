// `serve`: the host until it is told to stop, with a banner that says what it has.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Hosting;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Local.Cli;

internal static class ServeCommand
{
    public static Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken) =>
        LocalHost.GuardAsync(async () =>
        {
            using var secondSignal = new SecondSignal();
            await using var host = await LocalHost.StartAsync(options, quiet: false, cancellationToken);
            Announce(host, options.Log.Json ? Console.Error : Console.Out);
            await host.WaitForShutdownAsync(cancellationToken);
            return 0;
        });

    // Beside JSON lines the banner goes to the other stream, so that what reads them meets nothing else.
    private static void Announce(LocalHost host, TextWriter banner)
    {
        var configuration = host.Services.GetRequiredService<AppConfiguration>();
        var catalog = host.Services.GetRequiredService<IAgentCatalog>();
        banner.WriteLine($"listening on {host.Address.ToString().TrimEnd('/')}");
        AnnounceAll(banner, "agents", catalog, RunKind.Agent);
        AnnounceAll(banner, "teams", catalog, RunKind.Team);
        AnnounceAll(banner, "workflows", catalog, RunKind.Workflow);
        banner.WriteLine($"config       {configuration.Path}");
        banner.WriteLine($"data         {host.DataPath} with {SqliteNative.Load()}");
        if (configuration.Observability.MetricsPort is { } metrics)
            banner.WriteLine($"metrics      http://{host.Address.Host}:{metrics}/metrics");
        if (configuration.Observability.HealthPort is { } health)
            banner.WriteLine($"health       http://{host.Address.Host}:{health}/healthz, /readyz");
        banner.WriteLine("ready");
    }

    private static void AnnounceAll(TextWriter banner, string what, IAgentCatalog catalog, RunKind kind)
    {
        var all = catalog.Agents.Where(agent => agent.Kind == kind)
            .Select(agent => agent.Model == ModelDefinition.None ? agent.Name : $"{agent.Name} ({agent.Model.Provider}/{agent.Model.Model})")
            .ToList();
        if (all.Count > 0)
            banner.WriteLine($"{what,-12} {string.Join(", ", all)}");
    }
}
