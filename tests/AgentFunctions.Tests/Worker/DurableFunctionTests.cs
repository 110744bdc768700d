using System.Diagnostics;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Embedded.Worker;
using AgentFunctions.Tests.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Worker;

/// <summary>Orchestrators, activities and entities as functions, on the real engine.</summary>
public sealed class DurableFunctionTests : IDisposable
{
    public sealed record Order(string Item, int Count);

    public sealed class Prices
    {
        public int Of(string item) => item.Length;
    }

    public sealed class Samples(Prices prices)
    {
        [Function("Total")]
        public static async Task<string> Total([OrchestrationTrigger] TaskOrchestrationContext context, Order order, FunctionContext function)
        {
            var price = await context.CallActivityAsync<int>("Price", order.Item);
            var total = price * order.Count;
            await context.Entities.CallEntityAsync(new EntityInstanceId("Ledger", "main"), "add", total);
            return $"{function.FunctionDefinition.Name} {total} for {context.InstanceId}";
        }

        [Function("Price")]
        public int Price([ActivityTrigger] string item, string instanceId, FunctionContext context)
        {
            Assert.Equal(context.BindingContext.BindingData["instanceId"], instanceId);
            return prices.Of(item);
        }

        [Function("NoInput")]
        public static Task<string> NoInput([OrchestrationTrigger] TaskOrchestrationContext context, Order? order = null) =>
            context.CallActivityAsync<string>("TraceOf", order);

        [Function("TraceOf")]
        public static string TraceOf([ActivityTrigger] FunctionContext context) =>
            $"{context.TraceContext.TraceParent} {Activity.Current?.TraceId}";

        [Function("Ledger")]
        public static Task Ledger([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<LedgerEntity>();

        [Function("Start")]
        public static async Task<IResult> Start(
            [HttpTrigger("post", Route = "start/{item}")] HttpRequest request, string item, [DurableClient] DurableTaskClient client)
        {
            var id = await client.ScheduleNewOrchestrationInstanceAsync("Total", new Order(item, 2));
            var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
            return Results.Text(done.ReadOutputAs<string>());
        }
    }

    public sealed class LedgerEntity(Prices prices) : TaskEntity<int>
    {
        public void Add(int amount) => State += amount + prices.Of("");
    }

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<FunctionsHost> StartAsync()
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Services.AddSingleton<Prices>();
        builder.Services.AddSingleton(_ => SqliteDatabase.Open(_folder.File("state.db")));
        return await FunctionsHost.StartAsync(builder);
    }

    [Fact]
    public async Task An_HTTP_function_starts_an_orchestrator_that_calls_an_activity_and_an_entity()
    {
        await using var host = await StartAsync();
        using var response = await host.Client.PostAsync("/start/pear", content: null).WaitAsync(FunctionsHost.Patience);
        Assert.StartsWith("Total 8 for ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var ledger = await client.Entities.GetEntityAsync<int>(new EntityInstanceId("Ledger", "main"));
        Assert.Equal(8, ledger!.State);
    }

    [Fact]
    public async Task Inputs_are_read_without_regard_to_the_case_of_their_properties()
    {
        await using var host = await StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Total", new { item = "fig", COUNT = 3 });
        var done = await CompletedAsync(client, id);
        Assert.Equal($"Total 9 for {id}", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_activity_runs_in_a_span_of_the_trace_that_started_the_orchestration()
    {
        using var source = new ActivitySource("test");
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate == source || candidate.Name == FunctionInvoker.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        using var caller = source.StartActivity("caller")!;
        var id = await client.ScheduleNewOrchestrationInstanceAsync("NoInput");
        var seen = (await CompletedAsync(client, id)).ReadOutputAs<string>()!.Split(' ');
        Assert.Contains(caller.TraceId.ToString(), seen[0], StringComparison.Ordinal);
        Assert.Equal(caller.TraceId.ToString(), seen[1]);
    }

    private static Task<OrchestrationMetadata> CompletedAsync(DurableTaskClient client, string id) =>
        client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).WaitAsync(FunctionsHost.Patience);
}
