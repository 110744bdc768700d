// The app's storage account, found the way the Functions host finds it.
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;

namespace AgentFunctions.Azure;

internal static class StorageAccount
{
    private const string Setting = "AzureWebJobsStorage";

    /// <summary>
    /// The table service behind <c>AzureWebJobsStorage</c>: a connection string (Azurite), or <c>__tableServiceUri</c> or
    /// <c>__accountName</c> with an identity.
    /// </summary>
    /// <exception cref="InvalidOperationException">None of the settings is there.</exception>
    public static TableServiceClient OpenTables(IConfiguration configuration)
    {
        if (configuration[Setting] is { Length: > 0 } connectionString)
            return new TableServiceClient(connectionString);
        return new TableServiceClient(TableService(configuration), AzureCredential.For(configuration[$"{Setting}:clientId"]));
    }

    private static Uri TableService(IConfiguration configuration)
    {
        if (configuration[$"{Setting}:tableServiceUri"] is { Length: > 0 } uri)
            return new Uri(uri);
        if (configuration[$"{Setting}:accountName"] is { Length: > 0 } account)
            return new Uri($"https://{account}.table.core.windows.net");
        throw new InvalidOperationException(
            $"The app has no storage account. Set {Setting} to a connection string (UseDevelopmentStorage=true for Azurite), " +
            $"or {Setting}__tableServiceUri or {Setting}__accountName to use an identity.");
    }
}
