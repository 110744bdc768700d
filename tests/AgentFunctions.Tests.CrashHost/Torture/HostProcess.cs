using System.Diagnostics;
using System.Text;
using AgentFunctions.Tests.CrashHost.Host;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>One life of the host.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan _answerLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly TaskCompletionSource _opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HttpClient> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _errors = new();

    private HostProcess(Process process, int epoch) => (_process, Epoch) = (process, epoch);

    /// <summary>The number of this process, from 1.</summary>
    public int Epoch { get; }

    /// <summary>It is about to open its database.</summary>
    public Task Opening => _opening.Task;

    /// <summary>It answers requests.</summary>
    public Task<HttpClient> Listening => _listening.Task;

    /// <summary>The errors that it logged.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <param name="lastStepLine">The host kills itself right after this line of its step log; 0 means never.</param>
    /// <param name="staysInMemory">Whether orchestrations stay in memory between episodes, or are replayed each time.</param>
    public static HostProcess Start(TortureFiles files, int epoch, string synchronous, int lastStepLine = 0, bool staysInMemory = true)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { typeof(CrashHostServer).Assembly.Location, "serve", files.Data, files.Steps(epoch), lastStepLine.ToString(), synchronous })
            start.ArgumentList.Add(argument);
        start.Environment["AzureFunctionsJobHost__extensions__durableTask__extendedSessionsEnabled"] = staysInMemory.ToString();
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var host = new HostProcess(process, epoch);
        process.OutputDataReceived += (_, line) => host.Take(line.Data);
        process.ErrorDataReceived += (_, line) => host.TakeError(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return host;
    }

    /// <summary>SIGKILL: no handler, no flush, no goodbye.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM: the host drains and exits by itself.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
    }

    public async Task<int> WaitForExitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Kill();
            await _process.WaitForExitAsync();
        }
        if (Listening.IsCompletedSuccessfully)
            (await Listening).Dispose();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line == CrashHostServer.Opening)
            _opening.TrySetResult();
        else if (line?.StartsWith(CrashHostServer.Listening, StringComparison.Ordinal) == true)
            _listening.TrySetResult(new HttpClient { BaseAddress = new Uri(line[CrashHostServer.Listening.Length..]), Timeout = _answerLimit });
        else if (line is null) // the end of its output is the end of the process
            Fail();
    }

    private void Fail()
    {
        var ended = new HostStartException($"Host process {Epoch} ended before it was ready. It logged:\n{Errors}");
        _opening.TrySetException(ended);
        _listening.TrySetException(ended);
    }

    private void TakeError(string? line)
    {
        lock (_errors)
            _errors.AppendLine(line);
    }
}

/// <summary>A host process did not come up; the message has what it logged.</summary>
internal sealed class HostStartException(string message) : Exception(message);
