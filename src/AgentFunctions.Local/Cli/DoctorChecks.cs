// What `doctor` looks at: configuration, data folder, databases, model keys, exporters.
using AgentFunctions.Configuration;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Models;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Export;
using AgentFunctions.Traces;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentFunctions.Local.Cli;

/// <param name="Check">What was looked at.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do about it; null when all is well.</param>
internal sealed record DoctorCheck(string Check, bool IsOk, string Text, string? Fix = null);

internal static class DoctorChecks
{
    private static readonly string _noTrace = new('0', 32);
    private static readonly TimeSpan _storeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Every check that can be made; without a valid configuration those of models and exporters cannot.</summary>
    public static async Task<IReadOnlyList<DoctorCheck>> RunAsync(ServeOptions options)
    {
        var settings = Settings(options);
        var services = new ServiceCollection();
        var checks = new List<DoctorCheck>(Configuration(services, settings));
        checks.Add(DataFolder(options.Data));
        checks.Add(Database(options.Data, "state.db"));
        checks.Add(await TraceStoreAsync(services, options.Data));
        if (Instance<AppConfiguration>(services) is not { } app || Instance<TracingOptions>(services) is not { } tracing)
            return checks;
        checks.AddRange(Models(app, settings));
        foreach (var report in await ExporterProbe.RunAsync(tracing, settings, NullLogger.Instance))
            checks.Add(new DoctorCheck($"exporter {report.Exporter}", report.IsOk, $"{report.Target}: {report.Text}", report.Fix));
        return checks;
    }

    private static IConfiguration Settings(ServeOptions options)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables();
        if (options.Config is not null)
            settings.AddInMemoryCollection([new("AGENTFUNCTIONS_CONFIG", Path.GetFullPath(options.Config))]);
        return settings.Build();
    }

    private static IEnumerable<DoctorCheck> Configuration(ServiceCollection services, IConfiguration settings)
    {
        try
        {
            services.AddSingleton(settings);
            services.AddAgentFunctions(settings, AppContext.BaseDirectory).CheckEmbedded().AddTracesInTables(settings);
            var app = Instance<AppConfiguration>(services)!;
            return [new("configuration", true, $"{app.Path}: {app.Agents.Count} agents, {app.Observability.Exporters.Count} exporters")];
        }
        catch (ConfigurationException e)
        {
            services.Clear();
            return e.Problems.Select(problem => new DoctorCheck("configuration", false, problem.ToString(), "correct the file at that place"));
        }
    }

    private static DoctorCheck DataFolder(string folder)
    {
        try
        {
            using var data = DataDirectory.Open(folder, TimeProvider.System);
            var probe = Path.Combine(data.Path, $".doctor-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return new("data folder", true, $"{data.Path} can be written");
        }
        catch (DataDirectoryInUseException e)
        {
            return new("data folder", true, $"in use by the server at {e.Owner?.Url ?? "an unknown address"}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new("data folder", false, e.Message, "give this user write access, or name another folder with --data");
        }
    }

    private static async Task<DoctorCheck> TraceStoreAsync(ServiceCollection services, string folder)
    {
        if (Instance<AppConfiguration>(services) is not { Observability.Traces.Store: "tables" })
            return Database(folder, "traces.db");
        await using var provider = services.BuildServiceProvider();
        try
        {
            await provider.GetRequiredService<ITraceStore>().GetTraceAsync(_noTrace, 1).WaitAsync(_storeLimit);
            return new("trace store", true, "the storage account answers");
        }
        catch (Exception e)
        {
            return new("trace store", false, $"the storage account does not answer: {e.Message}", "check the setting AzureWebJobsStorage, and that the account (or Azurite) runs");
        }
    }

    private static DoctorCheck Database(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
            return new(file, true, "not there yet; the first start creates it");
        try
        {
            SqliteNative.Load();
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA quick_check(1)";
            var result = (string?)command.ExecuteScalar();
            return result == "ok"
                ? new(file, true, $"sound, {new FileInfo(path).Length / 1024 / 1024} MB")
                : new(file, false, $"damaged: {result}", "stop the server and restore the file from a copy");
        }
        catch (SqliteException e)
        {
            return new(file, false, $"cannot be read: {e.Message}", "stop the server and restore the file from a copy");
        }
    }

    // Whether a key is there, never what it is.
    private static IEnumerable<DoctorCheck> Models(AppConfiguration app, IConfiguration settings) =>
        from model in app.Agents.SelectMany(agent => agent.Model.Chain()).DistinctBy(model => model.Key)
        let name = $"model {model.Key}"
        select model.ApiKey is null
            ? new DoctorCheck(name, true, $"{model.Provider}/{model.Model} without a key")
            : HasKey(model, settings)
                ? new DoctorCheck(name, true, $"{model.Provider}/{model.Model} with a key")
                : new DoctorCheck(name, false, $"{model.Provider}/{model.Model}: its key is empty", $"set the variable in {model.ApiKey}, or `api_key` under `models`");

    private static bool HasKey(ModelDefinition model, IConfiguration settings) =>
        VariableTemplate.Expand(model.ApiKey!, name => settings[name]).Trim().Length > 0;

    private static T? Instance<T>(ServiceCollection services) where T : class =>
        services.Select(service => service.ImplementationInstance).OfType<T>().FirstOrDefault();
}
