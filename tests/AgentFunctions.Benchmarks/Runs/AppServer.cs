// The built executable as a process of its own, as users run it.
using System.Diagnostics;

namespace AgentFunctions.Benchmarks.Runs;

/// <summary>One `serve` on a free port. Disposing kills it.</summary>
internal sealed class AppServer : IDisposable
{
    private readonly Process _process;

    private AppServer(Process process, Uri address)
    {
        _process = process;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    }

    public HttpClient Http { get; }

    public static async Task<AppServer> StartAsync(string folder, string agents)
    {
        var config = Path.Combine(folder, "agents.yaml");
        await File.WriteAllTextAsync(config, agents);
        var executable = Path.Combine(AppContext.BaseDirectory, "AgentFunctions.Local.dll");
        string[] arguments = [executable, "serve", "--urls", "http://127.0.0.1:0", "--data", Path.Combine(folder, "data"), "--config", config];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        Uri? address = null;
        const string Listening = "listening on ";
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
                address = new Uri(line[Listening.Length..].Trim());
            if (line == "ready")
            {
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null); // a full pipe would stop the server
                return new AppServer(process, address!);
            }
        }

        throw new InvalidOperationException("The server ended before it was ready; its messages are above.");
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
