using System.Diagnostics;
using AgentFunctions.Tests.CrashHost.Check;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <param name="Kills">How many host processes meet their end while clients work.</param>
/// <param name="Seed">Decides what clients do and when hosts end; how the machine interleaves it all is left to chance.</param>
/// <param name="Synchronous">SQLite's synchronous setting: Full or Normal.</param>
internal sealed record TortureOptions(int Kills, int Seed, string Folder, string Synchronous = "Full");

/// <summary>Kills the host again and again while clients use it, lets the last one finish everything, and has the evidence checked.</summary>
internal sealed class TortureRun(TortureOptions options, Action<string> progress)
{
    private const int Clients = 6;
    private const int KillsPerLine = 25;

    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _workLimit = TimeSpan.FromSeconds(120); // for what takes less than a second unless something is stuck
    private static readonly TimeSpan _drainLimit = TimeSpan.FromSeconds(60);

    private readonly TortureFiles _files = new(options.Folder);
    private readonly Random _random = new(options.Seed);
    private readonly HostGate _gate = new();
    private readonly List<Violation> _violations = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public async Task<TortureReport> RunAsync()
    {
        Directory.CreateDirectory(_files.Folder);
        try
        {
            await TortureAsync();
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or HostStartException)
        {
            _violations.Add(new Violation("stuck", "torture", $"A host did not start, end or finish its work in time; the evidence ends there. {e.Message}"));
        }
        var evidence = Evidence.Load(_files);
        return new TortureReport(options, evidence, [.. _violations, .. Checker.Check(evidence)], _clock.Elapsed);
    }

    private async Task TortureAsync()
    {
        using var calls = new JsonLines<Call>(_files.Calls);
        using var endings = new JsonLines<Ending>(_files.Endings);
        using var finish = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients)
            .Select(number => new Client(number, new Random(unchecked(options.Seed * 31 + number)), _gate, calls).RunAsync(finish.Token))
            .ToList();
        for (var epoch = 1; epoch <= options.Kills; epoch++)
        {
            endings.Add(await LiveAsync(epoch));
            if (epoch % KillsPerLine == 0)
                progress($"{epoch} of {options.Kills} ends, {_gate.Ticks} requests and answers, {_clock.Elapsed.TotalSeconds:0} s");
        }
        await finish.CancelAsync();
        endings.Add(await FinishAsync(options.Kills + 1, Task.WhenAll(clients)));
    }

    /// <summary>One life of a host, and its end: in one of these ways, by chance.</summary>
    private Task<Ending> LiveAsync(int epoch) => _random.Next(100) switch
    {
        < 10 => LiveUntilTickAsync(epoch, inGoodOrder: true),
        < 14 => LiveUntilAsync(epoch, host => host.Opening),
        < 20 => LiveUntilAsync(epoch, host => host.Listening),
        < 60 => LiveUntilTickAsync(epoch, inGoodOrder: false),
        _ => LiveUntilStepAsync(epoch),
    };

    /// <summary>Killed while it recovers.</summary>
    private async Task<Ending> LiveUntilAsync(int epoch, Func<HostProcess, Task> moment)
    {
        await using var host = Start(epoch);
        await moment(host).WaitAsync(_startLimit);
        host.Kill();
        return await EndAsync(host, inGoodOrder: false);
    }

    /// <summary>Ended at some request or answer.</summary>
    private async Task<Ending> LiveUntilTickAsync(int epoch, bool inGoodOrder)
    {
        await using var host = Start(epoch);
        await host.Listening.WaitAsync(_startLimit);
        _gate.Open(host, FewOrMany(), inGoodOrder ? host.Terminate : host.Kill);
        return await EndAsync(host, inGoodOrder);
    }

    /// <summary>Killed at the start or the end of some activity.</summary>
    private async Task<Ending> LiveUntilStepAsync(int epoch)
    {
        const int Enough = 1000; // ticks: the activities of recovery may have been its last
        await using var host = Start(epoch, lastStepLine: FewOrMany());
        await Task.WhenAny(host.Listening).WaitAsync(_startLimit); // or its end, when recovery had that many steps
        if (host.Listening.IsCompletedSuccessfully)
            _gate.Open(host, Enough, host.Kill);
        return await EndAsync(host, inGoodOrder: false);
    }

    /// <summary>Few as often as many: a crash soon after a crash finds recovery half done.</summary>
    private int FewOrMany() => (int)Math.Pow(2, _random.NextDouble() * 8);

    private HostProcess Start(int epoch, int lastStepLine = 0) =>
        HostProcess.Start(_files, epoch, options.Synchronous, lastStepLine, staysInMemory: _random.Next(4) > 0);

    private async Task<Ending> FinishAsync(int epoch, Task clients)
    {
        await using var host = Start(epoch);
        await host.Listening.WaitAsync(_startLimit);
        _gate.Open(host, int.MaxValue, host.Kill);
        await clients.WaitAsync(_workLimit);
        await Backlog.UntilEmptyAsync(_files.Database, _drainLimit);
        host.Terminate();
        return await EndAsync(host, inGoodOrder: true);
    }

    private async Task<Ending> EndAsync(HostProcess host, bool inGoodOrder)
    {
        var code = await host.WaitForExitAsync(_workLimit);
        if (inGoodOrder && code != 0)
            _violations.Add(new Violation("stop", $"host {host.Epoch}", $"SIGTERM ended it with exit code {code}."));
        if (host.Errors.Trim() is { Length: > 0 } errors)
            _violations.Add(new Violation("log", $"host {host.Epoch}", $"It logged errors:\n{errors}"));
        return new Ending(host.Epoch, inGoodOrder);
    }
}
