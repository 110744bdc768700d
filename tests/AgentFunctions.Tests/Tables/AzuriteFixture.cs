using System.Diagnostics;
using System.Security.Cryptography;
using Azure.Data.Tables;

namespace AgentFunctions.Tests.Tables;

/// <summary>Tests that share one Azurite, the storage emulator.</summary>
[CollectionDefinition(Name)]
public sealed class AzuriteTests : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "Azurite";
}

/// <summary>
/// Azurite as a child process on free ports. It is found by AGENTFUNCTIONS_AZURITE, in node_modules/.bin of a folder
/// above the tests, or on the PATH.
/// </summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="; // the emulator's public key
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);

    private Process? _process;
    private string? _endpoint;

    /// <exception cref="InvalidOperationException">There is no emulator.</exception>
    public string ConnectionString => _endpoint is null
        ? throw new InvalidOperationException(RequiresAzuriteAttribute.Missing)
        : $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};TableEndpoint={_endpoint}/devstoreaccount1";

    public TableServiceClient Connect(TableClientOptions? options = null) => new(ConnectionString, options);

    /// <summary>A prefix of table names for one test, so that tests see nothing of each other.</summary>
    public static string NewPrefix() => $"T{RandomNumberGenerator.GetHexString(16)}";

    public async Task InitializeAsync()
    {
        if (RequiresAzuriteAttribute.FindAzurite() is { } path)
        {
            _process = Process.Start(new ProcessStartInfo(path, Arguments) { RedirectStandardOutput = true })!;
            _endpoint = await ReadEndpointAsync(_process).WaitAsync(s_startTimeout);
        }
    }

    public async Task DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        _process?.Dispose();
    }

    private static IEnumerable<string> Arguments =>
        ["--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence", "--blobPort", "0", "--queuePort", "0", "--tablePort", "0"];

    // Reads on after the address, so that a full pipe never stops the process.
    private static Task<string> ReadEndpointAsync(Process process)
    {
        const string Marker = "Table service is successfully listening at ";
        var endpoint = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                endpoint.TrySetException(new InvalidOperationException("Azurite ended before its table service listened."));
            }
            else if (line.Data.IndexOf(Marker, StringComparison.Ordinal) is >= 0 and var at)
            {
                endpoint.TrySetResult(line.Data[(at + Marker.Length)..].Trim());
            }
        };
        process.BeginOutputReadLine();
        return endpoint.Task;
    }
}

/// <summary>Marks tests that need Azurite.</summary>
public sealed class RequiresAzuriteAttribute : RequiresComponentAttribute
{
    public const string Missing = "Azurite was not found. Install it (npm install azurite) or set AGENTFUNCTIONS_AZURITE to its path.";

    public override string? MissingReason => FindAzurite() is null ? Missing : null;

    /// <summary>The path of the program, or null.</summary>
    public static string? FindAzurite()
    {
        var fromEnvironment = Environment.GetEnvironmentVariable("AGENTFUNCTIONS_AZURITE");
        return new[] { fromEnvironment }.Concat(NodeModules()).Concat(OnPath()).FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> NodeModules()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "node_modules", ".bin", "azurite");
        }
    }

    private static IEnumerable<string> OnPath() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "azurite"));
}
