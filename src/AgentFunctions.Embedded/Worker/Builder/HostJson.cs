using Microsoft.Extensions.Configuration;

namespace AgentFunctions.Embedded.Worker;

/// <summary>
/// Puts host.json into the configuration under <c>AzureFunctionsJobHost:</c>, so that, as in the Functions host,
/// a setting like <c>AzureFunctionsJobHost__extensions__http__routePrefix</c> in the environment overrides it.
/// </summary>
internal static class HostJson
{
    public const string Section = "AzureFunctionsJobHost";

    public const string RoutePrefixKey = $"{Section}:extensions:http:routePrefix";

    private const string DefaultRoutePrefix = "api";

    /// <summary>Reads host.json of the app's folder, or else of the content root; none is no error.</summary>
    /// <exception cref="InvalidDataException">The file is not valid JSON; the message names it.</exception>
    public static void AddTo(ConfigurationManager configuration, string contentRoot)
    {
        string[] folders = [AppContext.BaseDirectory, contentRoot];
        if (folders.Select(folder => Path.Combine(folder, "host.json")).FirstOrDefault(File.Exists) is not { } file)
            return;
        var settings = new ConfigurationBuilder().AddJsonFile(file).Build().AsEnumerable()
            .Where(setting => setting.Value is not null)
            .Select(setting => KeyValuePair.Create($"{Section}:{setting.Key}", setting.Value));
        ((IConfigurationBuilder)configuration).Sources.Insert(
            0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource { InitialData = [.. settings] });
    }

    public static string RoutePrefix(IConfiguration configuration) => configuration[RoutePrefixKey] ?? DefaultRoutePrefix;
}
