// A real Prometheus reads the running executable.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Metrics;

[RequiresPrometheus]
public sealed partial class PrometheusServerTests(SampleApp sample) : IClassFixture<SampleApp>
{
    // Names that are not ours to choose: GoAI's, and those of the .NET runtime.
    private static readonly string[] _given =
        ["goai_conversation_message_count", "dotnet_assembly_count", "dotnet_process_cpu_count", "dotnet_timer_count"];

    [Fact]
    public async Task Prometheus_scrapes_it_and_answers_up_a_rate_and_a_quantile()
    {
        using var folder = new TempFolder();
        await RunAsync();
        using var prometheus = Start(folder);
        using var api = new HttpClient { BaseAddress = await AddressAsync(prometheus) };

        try
        {
            await EngineHost.UntilAsync(async () => await QueryAsync(api, "up") == 1);
            // A rate needs two scrapes with something between them.
            await EngineHost.UntilAsync(async () =>
            {
                await RunAsync();
                return await QueryAsync(api, "sum(rate(agentfunctions_run_finished_total[1m]))") > 0;
            });
            Assert.True(await QueryAsync(
                api, "histogram_quantile(0.95, sum by (le) (rate(gen_ai_client_operation_duration_seconds_bucket[1m])))") > 0);
        }
        finally
        {
            prometheus.Kill(entireProcessTree: true);
            await prometheus.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Promtool_has_nothing_to_say_about_our_names()
    {
        await RunAsync();
        var (_, output) = await RequiresPrometheusAttribute.PromtoolAsync(["check", "metrics"], await sample.Http.GetStringAsync("/metrics"));

        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(line.Split(' ')[0], _given));
    }

    private async Task RunAsync()
    {
        using var response = await sample.Http.PostAsJsonAsync("/api/v1/agents/weather/run", new { input = "What is the weather in Bern?" });
        response.EnsureSuccessStatusCode();
    }

    private Process Start(TempFolder folder)
    {
        var config = folder.Write("prometheus.yml", $$"""
            global: { scrape_interval: 500ms }
            scrape_configs:
              - job_name: agentfunctions
                static_configs: [{ targets: ["{{sample.Http.BaseAddress!.Authority}}"] }]
            """);
        var data = Path.Combine(folder.Path, "data");
        return Process.Start(new ProcessStartInfo(
            RequiresPrometheusAttribute.PathOf("prometheus"),
            [$"--config.file={config}", $"--storage.tsdb.path={data}", "--web.listen-address=127.0.0.1:0"])
        {
            RedirectStandardError = true,
        })!;
    }

    // Reads on after the address, so that a full pipe never stops the process.
    private static Task<Uri> AddressAsync(Process prometheus)
    {
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        prometheus.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                address.TrySetException(new InvalidOperationException("Prometheus ended before it listened."));
            else if (Listening().Match(line.Data) is { Success: true } match)
                address.TrySetResult(new Uri($"http://{match.Groups[1].Value}"));
        };
        prometheus.BeginErrorReadLine();
        return address.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static async Task<double> QueryAsync(HttpClient api, string query)
    {
        using var response = await api.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
        // It listens a moment before it is ready.
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            return double.NaN;
        var answer = await response.Content.ReadFromJsonAsync<JsonObject>();
        var result = answer!["data"]!["result"]!.AsArray();
        return result.Count == 0 ? double.NaN : double.Parse((string)result[0]!["value"]![1]!, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("msg=\"Listening on\" address=(\\S+)")]
    private static partial Regex Listening();
}
