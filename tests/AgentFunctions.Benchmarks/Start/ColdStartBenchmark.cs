// `cold-start`: from the start of the process to its first answer, and what it holds of the memory when it idles.
using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AgentFunctions.Benchmarks.Measure;
using static AgentFunctions.Benchmarks.Measure.FigureCommand;

namespace AgentFunctions.Benchmarks.Start;

internal static class ColdStartBenchmark
{
    public const string Route = "/healthz";

    private const double AimMilliseconds = 700;
    private const double AimMegabytes = 120;

    private static readonly Option<int> s_rounds = Number("--rounds", "Starts that count", 7);
    private static readonly Option<int> s_idle = Number("--idle-seconds", "Seconds of idling before memory is read", 5);

    public static Command Command() => Create(
        "cold-start", "The local host, as built: from process start to the first answered request, and its memory when idle.",
        [s_rounds, s_idle], (parsed, folder) => MeasureAsync(parsed.GetValue(s_rounds), TimeSpan.FromSeconds(parsed.GetValue(s_idle)), folder));

    public static async Task<Measured> MeasureAsync(int rounds, TimeSpan idle, string? parent)
    {
        using var data = new Workspace(parent); // kept over the rounds: the first start, which makes the databases, does not count
        var (ours, bare) = (new List<double>(), new List<double>());
        var time = await Pair.MeasureAsync(
            "ms", rounds,
            ("local host", () => StartAsync(url => ["AgentFunctions.Local.dll", "serve", "--urls", url, "--data", data.Path], idle, ours)),
            ("bare ASP.NET Core", () => StartAsync(url => ["AgentFunctions.Benchmarks.dll", BareServer.Argument, url], idle, bare)));
        var memory = new Pair(new Series("local host", "MB", ours[1..]), new Series("bare ASP.NET Core", "MB", bare[1..]));
        return new Measured("Cold start", [
            FigureOf("From process start to the first answer", time, AimMilliseconds),
            FigureOf($"Resident memory after {idle.TotalSeconds:0} s idle", memory, AimMegabytes),
        ]);
    }

    private static Figure FigureOf(string name, Pair pair, double aim) => new(
        name, pair.Ours.Median, pair.Ours.Unit, $"{pair.Baseline.Name}, {Report.Text(pair.Baseline.Median, pair.Baseline.Unit)}",
        pair.Ratio.Median, $"at most {aim} {pair.Ours.Unit}", pair.Ours.Median <= aim);

    private static async Task<double> StartAsync(Func<string, string[]> arguments, TimeSpan idle, List<double> megabytes)
    {
        var url = $"http://127.0.0.1:{FreePort()}";
        var (assembly, rest) = arguments(url) is [var first, .. var others] ? (first, others) : throw new UnreachableException();
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. rest]) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null); // a full pipe would stop the server
        try
        {
            await FirstAnswerAsync(client, process);
            var started = clock.Elapsed.TotalMilliseconds;
            await Task.Delay(idle);
            process.Refresh();
            megabytes.Add(process.WorkingSet64 / 1e6);
            return started;
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task FirstAnswerAsync(HttpClient client, Process process)
    {
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(Route);
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError && !process.HasExited)
            {
                await Task.Delay(5);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
