// What readiness makes of its checks.
using AgentFunctions.Agents;
using AgentFunctions.Health;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moq;

namespace AgentFunctions.Tests.Health;

public sealed class ReadinessTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly LogLines _log = new();
    private readonly LoggerFactory _loggers;
    private readonly Lifetime _lifetime = new();
    private readonly AgentMeter _meter = new();

    public ReadinessTests() => _loggers = new LoggerFactory([_log]);

    public void Dispose()
    {
        _loggers.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task Checks_that_succeed_make_it_healthy_each_with_its_message()
    {
        var report = await Of(Check("a", true, "Fine."), Check("b", false, "Good.")).CheckAsync();

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal(["Fine.", "Good."], report.Checks.Select(c => c.Message));
    }

    [Fact]
    public async Task A_failed_check_that_is_not_critical_only_degrades()
    {
        var report = await Of(Check("a", true, "Fine."), Failing("b", false, new HealthException("No trace store."))).CheckAsync();

        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Equal("No trace store.", report.Checks[1].Message);
    }

    [Fact]
    public async Task A_failed_critical_check_makes_it_unhealthy_and_its_details_stay_in_the_log()
    {
        var report = await Of(Failing("store", true, new InvalidOperationException("password=hunter2"))).CheckAsync();

        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("Failed (InvalidOperationException); the log has the details.", report.Checks[0].Message);
        Assert.Equal(1501, Assert.Single(_log.Warnings).Id);
    }

    [Fact]
    public async Task A_check_that_hangs_has_five_seconds_and_is_not_begun_again_while_it_hangs()
    {
        var begun = 0;
        var hang = new TaskCompletionSource<string>();
        var started = new SemaphoreSlim(0);
        var readiness = Of(new HealthCheck("store", true, _ =>
        {
            begun++;
            started.Release();
            return hang.Task;
        }));

        var first = readiness.CheckAsync();
        await started.WaitAsync(EngineHost.Patience);
        await SpanWriterTests.AdvanceUntilAsync(_time, Readiness.TimeLimit, first);
        var second = readiness.CheckAsync();
        await SpanWriterTests.AdvanceUntilAsync(_time, Readiness.TimeLimit, second);

        Assert.Equal("No answer within 5 s.", (await first).Checks[0].Message);
        Assert.Equal(HealthStatus.Unhealthy, (await second).Status);
        Assert.Equal(1, begun);
        hang.SetResult("Fine.");
        Assert.Equal(HealthStatus.Healthy, (await readiness.CheckAsync()).Status);
    }

    [Fact]
    public async Task A_check_that_blocks_its_thread_holds_up_no_other()
    {
        using var gate = new ManualResetEventSlim();
        var readiness = Of(
            new HealthCheck("blocks", false, _ =>
            {
                gate.Wait(CancellationToken.None);
                return Task.FromResult("Fine.");
            }),
            new HealthCheck("opens", false, _ =>
            {
                gate.Set();
                return Task.FromResult("Fine.");
            }));

        Assert.Equal(HealthStatus.Healthy, (await readiness.CheckAsync().WaitAsync(EngineHost.Patience)).Status);
    }

    [Fact]
    public async Task A_model_that_cannot_be_used_degrades_it_and_is_named()
    {
        var far = new ModelDefinition { Key = "far", Provider = "openai", Model = "gpt" };
        var models = new Mock<IModelClients>();
        models.Setup(m => m.Get(far)).Throws(new ModelException(RunErrorCodes.InvalidConfig, "Model 'far' cannot be used: no key.", retryable: false));
        var catalog = Mock.Of<IAgentCatalog>(c => c.Agents == new[] { new AgentDefinition { Name = "distant", Model = far, Prompt = "Greet." } });

        var report = await Of(StandardChecks.Models(catalog, models.Object)).CheckAsync();

        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Equal("Model 'far' cannot be used: no key.", report.Checks[0].Message);
    }

    [Fact]
    public async Task A_host_that_stops_is_not_ready_and_asks_nobody()
    {
        var readiness = Of(Failing("never", true, new InvalidOperationException()));
        _lifetime.StopApplication();

        var entry = Assert.Single((await readiness.CheckAsync()).Checks);

        Assert.Equal(("host", HealthStatus.Unhealthy), (entry.Name, entry.Status));
    }

    [Fact]
    public async Task A_state_that_stays_is_logged_once()
    {
        var readiness = Of(Failing("store", true, new HealthException("Gone.")));

        await readiness.CheckAsync();
        await readiness.CheckAsync();

        Assert.Contains("Gone.", Assert.Single(_log.Warnings).Text);
    }

    private Readiness Of(params HealthCheck[] checks) => new(checks, _lifetime, _meter, _time, _loggers.CreateLogger<Readiness>());

    private static HealthCheck Check(string name, bool critical, string message) => new(name, critical, _ => Task.FromResult(message));

    private static HealthCheck Failing(string name, bool critical, Exception error) => new(name, critical, _ => throw error);

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopping.Cancel();
    }
}
