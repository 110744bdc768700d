// What the configuration may ask for that one of the two builds does not have; told at start with the way out.
using AgentFunctions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions;

internal static class BuildLimits
{
    /// <summary>Azure's host owns the ports of an app and its one address, and its instances share no file.</summary>
    /// <exception cref="ConfigurationException">The configuration asks for a port, or for traces in a file.</exception>
    public static IServiceCollection CheckAzure(this IServiceCollection services)
    {
        var (app, options) = Configuration(services);
        if (options.MetricsPort is not null)
            throw Refuse(app, "observability.metrics_port", "cannot be opened on Azure; remove it and scrape GET /metrics at the app's own address");
        if (options.HealthPort is not null)
            throw Refuse(app, "observability.health_port", "cannot be opened on Azure; remove it and probe GET /healthz and GET /readyz at the app's own address");
        if (options.Traces.Store == "sqlite")
            throw Refuse(app, "observability.traces.store", "cannot be sqlite on Azure, where an app has many instances and no lasting disk; set it to tables, or remove it");
        return services;
    }

    /// <summary>The embedded build has no Azure Monitor exporter.</summary>
    /// <exception cref="ConfigurationException">The configuration asks for Application Insights.</exception>
    public static IServiceCollection CheckEmbedded(this IServiceCollection services)
    {
        var (app, options) = Configuration(services);
        if (options.Exporters.FirstOrDefault(exporter => exporter.Type == "application_insights") is { } insights)
            throw Refuse(app, "observability.exporters", $"exporter '{insights.Name}' of type application_insights exists on Azure only; here send OTLP to a collector with the azuremonitor exporter, or remove it");
        return services;
    }

    private static (AppConfiguration App, ObservabilityOptions Options) Configuration(IServiceCollection services)
    {
        var app = services.Select(s => s.ImplementationInstance).OfType<AppConfiguration>().Single();
        return (app, app.Observability);
    }

    private static ConfigurationException Refuse(AppConfiguration app, string key, string text) =>
        new([new ConfigurationProblem(app.Path ?? "code", 0, 0, key, text)]);
}
