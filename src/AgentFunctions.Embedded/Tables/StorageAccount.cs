namespace Azure.Data.Tables;

/// <summary>Where an account's tables are and the key that signs requests to them.</summary>
internal sealed record StorageAccount(string Name, byte[] Key, Uri TableEndpoint)
{
    // The emulator's account and key are public, the same on every machine.
    private const string DevelopmentStorage =
        "AccountName=devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;" +
        "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    public static StorageAccount Parse(string connectionString)
    {
        var parts = Split(connectionString);
        if (parts.TryGetValue("UseDevelopmentStorage", out var emulator) && bool.TryParse(emulator, out var use) && use)
        {
            parts = Split(DevelopmentStorage);
        }
        var name = Required(parts, "AccountName");
        var endpoint = parts.GetValueOrDefault("TableEndpoint")
            ?? $"{parts.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{name}.table.{parts.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        return new StorageAccount(name, Convert.FromBase64String(Required(parts, "AccountKey")), new Uri(endpoint.TrimEnd('/')));
    }

    private static Dictionary<string, string> Split(string connectionString) =>
        connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)) // the key itself ends with '='
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);

    private static string Required(Dictionary<string, string> parts, string name) =>
        parts.GetValueOrDefault(name) ?? throw new ArgumentException($"The storage connection string has no {name}. Copy it whole from the account's access keys.");
}
