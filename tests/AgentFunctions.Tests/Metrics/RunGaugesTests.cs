// How many runs there are now.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Http;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Telemetry.Metrics.Prometheus;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace AgentFunctions.Tests.Metrics;

public sealed class RunGaugesTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Runs_that_wait_and_runs_under_way_are_counted_and_the_oldest_has_its_age()
    {
        await using var services = new RunServices(_time);
        var first = await StartAsync(services);
        await StartAsync(services);
        await services.Get<CallModelRunner>().RunAsync(new ModelStep(first.RunId, 1, 1, 1), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(90));

        await services.Get<RunGauges>().RefreshAsync(CancellationToken.None);
        var metrics = MetricsText.Parse(services.Get<MetricsPipeline>().Render(PrometheusFormat.Text)!);

        Assert.Equal(1, metrics.Sum("agentfunctions_run_active"));
        Assert.Equal(1, metrics.Sum("agentfunctions_run_queued"));
        Assert.Equal(90, metrics.Sum("agentfunctions_run_oldest_age_seconds"));
        Assert.Equal(1, metrics.Sum("aixgo_supervisor_active_agents"));
        Assert.Equal(1, metrics.Sum("aixgo_supervisor_message_queue_size"));
    }

    [Fact]
    public async Task A_store_that_fails_leaves_the_last_numbers()
    {
        using var meter = new AgentMeter();
        var store = new Mock<IRunStore>();
        store.Setup(s => s.ListUnfinishedAsync(It.IsAny<DateTimeOffset>(), It.IsAny<int>(), null, It.IsAny<CancellationToken>()))
            .ThrowsAsync(new IOException("gone"));
        using var gauges = new RunGauges(meter, store.Object, new Mock<IApprovalStore>().Object, _time, NullLogger<RunGauges>.Instance);

        await gauges.RefreshAsync(CancellationToken.None);

        store.Verify(s => s.ListUnfinishedAsync(_time.GetUtcNow(), RunGauges.CountLimit, null, It.IsAny<CancellationToken>()));
    }

    private static Task<RunRecord> StartAsync(RunServices services) => services.Get<RunStarter>().StartAsync(
        new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, null, null, CancellationToken.None);
}
