// `observability.traces.store: tables`: the embedded build keeps spans in a storage account, everything else in SQLite.
using AgentFunctions.Configuration;
using AgentFunctions.Storage;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Local.Storage;

internal static class TracesInTables
{
    private const string Key = "observability.traces.store";
    private const string Setting = "AzureWebJobsStorage";

    /// <summary>Puts the table store in the place of the SQLite trace store, which is then never opened, if the configuration asks for it.</summary>
    /// <exception cref="ConfigurationException">The setting that names the account is missing, or is no connection string.</exception>
    public static IServiceCollection AddTracesInTables(this IServiceCollection services, IConfiguration configuration)
    {
        var app = services.Select(service => service.ImplementationInstance).OfType<AppConfiguration>().Single();
        return app.Observability.Traces.Store == "tables" ? services.AddTableTraceStore(Open(app, configuration)) : services;
    }

    private static TableServiceClient Open(AppConfiguration app, IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } connectionString)
        {
            throw Refuse(app, configuration.GetSection(Setting).GetChildren().Any()
                ? $"is tables, and {Setting} names an account without a key; identities are for Azure, here set {Setting} to a connection string"
                : $"is tables, but no storage account is set; set {Setting} to a connection string (UseDevelopmentStorage=true for Azurite), or remove the key");
        }
        try
        {
            return new TableServiceClient(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw Refuse(app, $"is tables, and {Setting} is no connection string of a storage account: {e.Message}", e);
        }
    }

    private static ConfigurationException Refuse(AppConfiguration app, string text, Exception? inner = null) =>
        new([new ConfigurationProblem(app.Path ?? "code", 0, 0, Key, text)], inner);
}
