// `serve`: the host until it is told to stop, with a banner that says what it has.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Local.Cli;

internal static class ServeCommand
{
    public static Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken) =>
        LocalHost.GuardAsync(async () =>
        {
            await using var host = await LocalHost.StartAsync(options, quiet: false, cancellationToken);
            Announce(host);
            await host.WaitForShutdownAsync(cancellationToken);
            return 0;
        });

    private static void Announce(LocalHost host)
    {
        var configuration = host.Services.GetRequiredService<AppConfiguration>();
        var catalog = host.Services.GetRequiredService<IAgentCatalog>();
        Console.WriteLine($"listening on {host.Address.ToString().TrimEnd('/')}");
        Console.WriteLine($"agents       {string.Join(", ", catalog.Agents.Select(a => $"{a.Name} ({a.Model.Provider}/{a.Model.Model})"))}");
        Console.WriteLine($"config       {configuration.Path}");
        Console.WriteLine($"data         {host.DataPath} with {SqliteNative.Load()}");
        if (configuration.Observability.MetricsPort is { } metrics)
            Console.WriteLine($"metrics      http://{host.Address.Host}:{metrics}/metrics");
        if (configuration.Observability.HealthPort is { } health)
            Console.WriteLine($"health       http://{host.Address.Host}:{health}/healthz, /readyz");
        foreach (var warning in configuration.Warnings)
            Console.WriteLine($"warning      {warning}");
        Console.WriteLine("ready");
    }
}
