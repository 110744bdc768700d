// The built executable as a real process, started, killed and started again by tests.
using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>One `serve` process on a port of its own. Disposing kills it.</summary>
internal sealed class AppProcess : IAsyncDisposable
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output;

    private AppProcess(Process process, StringBuilder output, Uri address)
    {
        _process = process;
        _output = output;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
    }

    public HttpClient Http { get; }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static string ExecutablePath { get; } = Built("src", "AgentFunctions.Local");

    /// <summary>Starts and waits for the line `ready`.</summary>
    public static async Task<AppProcess> StartAsync(
        string data, string? config = null, IReadOnlyDictionary<string, string>? environment = null, string? executable = null)
    {
        var output = new StringBuilder();
        var lines = Channel.CreateUnbounded<string>();
        var process = Launch(["serve", "--data", data, "--urls", "http://127.0.0.1:0", .. config is null ? [] : new[] { "--config", config }], environment, executable);
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => lines.Writer.TryComplete();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new AppProcess(process, output, await ReadAddressAsync(lines.Reader));
        }
        catch (Exception e)
        {
            process.Kill();
            throw new InvalidOperationException($"The executable did not become ready. Output:\n{output}", e);
        }

        void Take(string? line)
        {
            if (line is null)
                return;
            lock (output)
                output.AppendLine(line);
            lines.Writer.TryWrite(line);
        }
    }

    /// <summary>Runs the executable to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Launch(arguments, environment);
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(_startLimit);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    /// <summary>Waits for the process's end; fails when it goes on living.</summary>
    public async Task WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(_startLimit);
        await _process.WaitForExitAsync(limit.Token);
    }

    /// <summary>SIGTERM, then waits for the process to end by itself; gives its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Signal("TERM");
        await WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Sends a signal and does not wait.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString()]);
    }

    /// <summary>SIGKILL: no handler, no flush, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static Process Launch(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, string? executable = null)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(executable ?? ExecutablePath);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new Process { StartInfo = start };
    }

    private static async Task<Uri> ReadAddressAsync(ChannelReader<string> lines)
    {
        const string Listening = "listening on ";
        using var limit = new CancellationTokenSource(_startLimit);
        Uri? address = null;
        await foreach (var line in lines.ReadAllAsync(limit.Token))
        {
            if (line.StartsWith(Listening, StringComparison.Ordinal))
                address = new Uri(line[Listening.Length..].Trim());
            if (line == "ready" && address is not null)
                return address;
        }

        throw new InvalidOperationException("The process ended before it was ready.");
    }

    /// <summary>What the build made of a project.</summary>
    public static string Built(string folder, string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "AgentFunctions.sln")))
            root = root.Parent ?? throw new InvalidOperationException("The tests must run inside the checkout.");
        return Path.Combine(root.FullName, folder, project, "bin", configuration, "net10.0", $"{project}.dll");
    }
}

/// <summary>A folder that goes with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "agentfunctions-" + System.IO.Path.GetRandomFileName());

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
