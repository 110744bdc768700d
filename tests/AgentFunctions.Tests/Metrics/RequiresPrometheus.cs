// Prometheus and promtool as programs that tests run.
using System.Diagnostics;

namespace AgentFunctions.Tests.Metrics;

/// <summary>
/// Marks tests that need Prometheus. Its two programs are found in the folder of AGENTFUNCTIONS_PROMETHEUS, in
/// .tools/prometheus of a folder above the tests, or on the PATH.
/// </summary>
public sealed class RequiresPrometheusAttribute : RequiresComponentAttribute
{
    private const string Missing = "Prometheus was not found. Install it (apt-get install prometheus) or set AGENTFUNCTIONS_PROMETHEUS to the folder of its programs.";

    public override string? MissingReason => Find("prometheus") is null || Find("promtool") is null ? Missing : null;

    /// <summary>Runs promtool to its end.</summary>
    public static async Task<(int ExitCode, string Output)> PromtoolAsync(IEnumerable<string> arguments, string? input = null)
    {
        var start = new ProcessStartInfo(PathOf("promtool"), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static string PathOf(string program) => Find(program) ?? throw new InvalidOperationException(Missing);

    private static string? Find(string program) => Folders().Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("AGENTFUNCTIONS_PROMETHEUS") is { Length: > 0 } named)
            yield return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, ".tools", "prometheus", "usr", "bin");
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            yield return folder;
    }
}
