// Work that is delivered again, after a crash or by a race, is counted once.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AgentFunctions.Agents;
using AgentFunctions.Http;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using Microsoft.DurableTask.Client;
using Moq;

namespace AgentFunctions.Tests.Metrics;

public sealed class CountedOnceTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly RunServices _services;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentBag<string> _measured = [];

    public CountedOnceTests()
    {
        _services = new RunServices(_time);
        var meter = _services.Get<AgentMeter>().Meter;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Note(instrument, value));
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Note(instrument, value));
        _listener.Start();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _listener.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task A_request_that_is_sent_twice_starts_one_run()
    {
        await StartAsync("key");
        await StartAsync("key");

        Assert.Equal(1, Times("agentfunctions.run.started"));
    }

    [Fact]
    public async Task A_model_call_that_is_delivered_again_is_counted_once()
    {
        var run = await StartAsync();
        var step = new ModelStep(run.RunId, 1, 1, 1);

        await _services.Get<CallModelRunner>().RunAsync(step, CancellationToken.None);
        await _services.Get<CallModelRunner>().RunAsync(step, CancellationToken.None);

        Assert.Equal(1, Times("gen_ai.client.operation.duration"));
        Assert.Equal(1, Times("aixgo_llm_requests"));
    }

    [Fact]
    public async Task A_run_that_is_finished_again_is_counted_once()
    {
        var run = await StartAsync();
        var outcome = new RunOutcome
        {
            RunId = run.RunId,
            Status = RunStatus.Completed,
            TerminationReason = "max_steps",
            Steps = 1,
            FinishedAt = _time.GetUtcNow(),
        };

        await _services.Get<RunFinisher>().FinishAsync(outcome, CancellationToken.None);
        await _services.Get<RunFinisher>().FinishAsync(outcome, CancellationToken.None);

        Assert.Equal(1, Times("agentfunctions.run.finished"));
        Assert.Equal(1, Times("gen_ai.invoke_agent.duration"));
        Assert.Equal(1, Times("goai.loop.early_stop"));
    }

    [Fact]
    public async Task Another_host_of_the_process_counts_for_itself()
    {
        // Before anything is measured, so that it could hear it.
        var pipeline = _services.Get<MetricsPipeline>();
        await using var other = new RunServices(_time);
        await other.Get<RunStarter>().StartAsync(
            new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, null, null, CancellationToken.None);

        Assert.Equal(0, Times("agentfunctions.run.started"));
        Assert.DoesNotContain("agentfunctions_run_started_total", pipeline.Render(default));
    }

    private int Times(string instrument) => _measured.Count(name => name == instrument);

    private Task<RunRecord> StartAsync(string? key = null) => _services.Get<RunStarter>().StartAsync(
        new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h" }, key, null, CancellationToken.None);

    private void Note(Instrument instrument, double value)
    {
        if (value != 0 || instrument is Histogram<double>)
            _measured.Add(instrument.Name);
    }
}
