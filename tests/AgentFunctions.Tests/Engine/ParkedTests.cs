using System.Diagnostics;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Engine;

/// <summary>What waiting costs: a parked instance is rows in a file, nothing else.</summary>
public sealed class ParkedTests
{
    private const int Instances = 300;

    [Fact]
    public async Task Parked_instances_hold_no_worker_and_no_thread()
    {
        await using var host = new EngineHost();
        host.Settings["AzureFunctionsJobHost:extensions:durableTask:maxConcurrentOrchestratorFunctions"] = "1";
        await host
            .Orchestrator("Wait", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Quick", _ => Task.FromResult("done"))
            .StartAsync();
        for (var n = 0; n < Instances; n++)
            await host.Client.ScheduleNewOrchestrationInstanceAsync("Wait", null, new StartOrchestrationOptions($"wait-{n}"));
        for (var n = 0; n < Instances; n++)
            await host.Client.WaitForInstanceStartAsync($"wait-{n}").WaitAsync(EngineHost.Patience);

        using var process = Process.GetCurrentProcess();
        Assert.True(process.Threads.Count < Instances, $"{process.Threads.Count} threads for {Instances} parked instances.");
        Assert.Equal("done", (await host.RunAsync("Quick")).ReadOutputAs<string>());
        await host.Client.RaiseEventAsync($"wait-{Instances - 1}", "go", "on");
        Assert.Equal("on", (await host.EndOfAsync($"wait-{Instances - 1}")).ReadOutputAs<string>());
    }
}
