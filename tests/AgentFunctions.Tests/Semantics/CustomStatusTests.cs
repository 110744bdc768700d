using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Custom status. From the documentation of Durable Functions, "Custom orchestration status", and SetCustomStatus of
/// microsoft/durabletask-dotnet (null clears). Over continue-as-new it stays here until it is set again; on Azure Storage the second
/// step of the next execution clears it.
/// </summary>
public class CustomStatusTests : SemanticsTests
{
    [Fact]
    public async Task Clients_see_what_the_code_set_last_before_it_waits()
    {
        await using var host = await Host().Orchestrator("Report", Report).StartAsync();
        var id = await host.BeginAsync("Report");
        await UntilStatusAsync(host, id, """{"step":1}""");
        await host.RestartAsync();
        Assert.Equal("""{"step":1}""", await CustomStatusAsync(host, id));

        await host.Client.RaiseEventAsync(id, "go", "two");
        await UntilStatusAsync(host, id, "\"two\"");
    }

    [Fact]
    public async Task Null_clears_it()
    {
        await using var host = await Host().Orchestrator("Report", Report).StartAsync();
        var id = await host.BeginAsync("Report");
        await UntilStatusAsync(host, id, """{"step":1}""");
        await host.Client.RaiseEventAsync(id, "go", null);
        await UntilStatusAsync(host, id, null);
        await host.Client.RaiseEventAsync(id, "go", null);

        Assert.Null((await host.EndOfAsync(id)).SerializedCustomStatus);
    }

    [Theory]
    [InlineData("end")]
    [InlineData("fail")]
    [InlineData("terminate")]
    public async Task It_outlives_the_orchestration_however_that_ends(string ending)
    {
        await using var host = await Host()
            .Orchestrator<string>("Report", async context =>
            {
                context.SetCustomStatus("halfway");
                return await context.WaitForExternalEvent<string>("go") == "fail" ? throw new FormatException() : "";
            })
            .StartAsync();
        var id = await host.BeginAsync("Report");
        await UntilStatusAsync(host, id, "\"halfway\"");
        await (ending == "terminate" ? host.Client.TerminateInstanceAsync(id) : host.Client.RaiseEventAsync(id, "go", ending));

        Assert.Equal("halfway", (await host.EndOfAsync(id)).ReadCustomStatusAs<string>());
    }

    private static async Task<string> Report(TaskOrchestrationContext context)
    {
        context.SetCustomStatus("replaced at once");
        context.SetCustomStatus(new { step = 1 });
        context.SetCustomStatus(await context.WaitForExternalEvent<string?>("go"));
        return await context.WaitForExternalEvent<string>("go");
    }

    private static async Task<string?> CustomStatusAsync(EngineHost host, string id) =>
        (await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true))!.SerializedCustomStatus;

    private static Task UntilStatusAsync(EngineHost host, string id, string? status) =>
        EngineHost.UntilAsync(async () => await CustomStatusAsync(host, id) == status);
}
