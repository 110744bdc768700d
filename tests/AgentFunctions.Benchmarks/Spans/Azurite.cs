using System.Diagnostics;

namespace AgentFunctions.Benchmarks.Spans;

/// <summary>The storage emulator as a child process on free ports; AGENTFUNCTIONS_AZURITE or the PATH says where it is.</summary>
internal sealed class Azurite : IDisposable
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="; // the emulator's public key
    private const string Marker = "Table service is successfully listening at ";

    private readonly Process _process;

    private Azurite(Process process, string endpoint)
    {
        _process = process;
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};TableEndpoint={endpoint}/devstoreaccount1";
    }

    public string ConnectionString { get; }

    public static async Task<Azurite> StartAsync()
    {
        var path = Environment.GetEnvironmentVariable("AGENTFUNCTIONS_AZURITE") is { Length: > 0 } named ? named : "azurite";
        var process = Process.Start(new ProcessStartInfo(path, Arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("Azurite did not start; install it (npm install azurite) or set AGENTFUNCTIONS_AZURITE.");
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf(Marker, StringComparison.Ordinal) is >= 0 and var at)
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null); // a full pipe would stop it
                return new Azurite(process, line[(at + Marker.Length)..].Trim());
            }
        }

        throw new InvalidOperationException("Azurite ended before its table service listened.");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static IEnumerable<string> Arguments =>
        ["--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence", "--blobPort", "0", "--queuePort", "0", "--tablePort", "0"];
}
