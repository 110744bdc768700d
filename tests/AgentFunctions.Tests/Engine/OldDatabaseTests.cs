using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Engine;

/// <summary>
/// Databases of earlier schemas, each left by a kill: an ended run, one killed in its second activity, one that waits for an event,
/// one that sleeps, a parent with a waiting child, and an entity.
/// </summary>
public sealed class OldDatabaseTests
{
    [Theory]
    [InlineData("engine-v1.db")]
    [InlineData("engine-v2.db")]
    public async Task Everything_in_a_database_of_an_earlier_schema_goes_on(string file)
    {
        var calls = new List<string>();
        await using var host = new EngineHost()
            .Activity<string>("Quick", text => { calls.Add(text); return "quick " + text; })
            .Activity<string>("Slow", text => { calls.Add(text); return "slow " + text; })
            .Entity("total", operation => ValueTask.FromResult<object?>(null))
            .Orchestrator("Interrupted", async context => await context.CallActivityAsync<string>("Quick", "first") + ", " + await context.CallActivityAsync<string>("Slow", "second"))
            .Orchestrator("Wait", async context => await context.CallActivityAsync<string>("Quick", "before") + ", " + await context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Sleep", async context =>
            {
                await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                return "woke";
            })
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>("Wait", new TaskOptions().WithInstanceId("child")));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Engine", "Files", file), host.StatePath);
        await host.StartAsync();

        Assert.Equal("quick first, slow second", (await host.EndOfAsync("interrupted")).ReadOutputAs<string>());
        await host.Client.RaiseEventAsync("waiting", "go", "on");
        Assert.Equal("quick before, on", (await host.EndOfAsync("waiting")).ReadOutputAs<string>());
        await host.Client.RaiseEventAsync("child", "go", "along");
        Assert.Equal("quick before, along", (await host.EndOfAsync("parent")).ReadOutputAs<string>());
        host.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("woke", (await host.EndOfAsync("sleeping")).ReadOutputAs<string>());
        Assert.Equal(["second"], calls); // what had ended is not run again
        Assert.Equal("quick one", (await host.EndOfAsync("ended")).ReadOutputAs<string>());
        Assert.Equal(5, (await host.Client.Entities.GetEntityAsync<int>(new EntityInstanceId("total", "all")))!.State);
    }
}
