using AgentFunctions.Health;

namespace AgentFunctions.Local.Hosting;

/// <summary>
/// Whether the data folder is whole and takes files. Open databases go on working on files that somebody deleted, so no
/// store would notice before the next start, when all is lost.
/// </summary>
internal static class DataFolderCheck
{
    private static readonly string[] _files = ["state.db", "traces.db"];

    public static HealthCheck For(string folder) => new("data_folder", IsCritical: true, async cancellationToken =>
    {
        if (_files.FirstOrDefault(file => !File.Exists(Path.Combine(folder, file))) is { } missing)
            throw new HealthException($"{missing} is gone from the data folder. Back up what the API still answers, then restart.");
        var probe = Path.Combine(folder, ".readyz");
        try
        {
            await File.WriteAllTextAsync(probe, "readyz", cancellationToken);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HealthException("The data folder takes no files: check its permissions and the space on its disk.");
        }

        return "Whole and writable.";
    });
}
