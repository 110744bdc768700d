// An exception in each place where code of the app runs: whoever is concerned is told, and the host goes on.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Telemetry;
using AgentFunctions.Tests.Worker;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tests.Faults;

public sealed class ExtensionPointTests : IDisposable
{
    public sealed record Unwritable(string Text);

    public sealed class BrokenException(string where) : Exception($"broken in {where}");

    public static class Samples
    {
        [Function("Activity")]
        public static string Activity([ActivityTrigger] string input) => throw new BrokenException("the activity");

        [Function("Fine")]
        public static string Fine([ActivityTrigger] string input) => "fine";

        [Function("Unwritten")]
        public static Unwritable Unwritten([ActivityTrigger] string input) => new(input);

        [Function("Refused")]
        public static string Refused([ActivityTrigger] string input) => "never";

        [Function("Entity")]
        public static Task Entity([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<BrokenEntity>();

        [Function("Built")]
        public static Task Built([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<UnbuiltEntity>();

        [Function("CallActivity")]
        public static Task<string> CallActivity([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
            context.CallActivityAsync<string>(name, "");

        [Function("CallEntity")]
        public static Task<string> CallEntity([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
            context.Entities.CallEntityAsync<string>(new EntityInstanceId(name, "key"), "run");

        [Function("Orchestrator")]
        public static Task<string> Orchestrator([OrchestrationTrigger] TaskOrchestrationContext context) =>
            throw new BrokenException("the orchestrator");

        [Function("RefusedOrchestrator")]
        public static Task<string> RefusedOrchestrator([OrchestrationTrigger] TaskOrchestrationContext context) => Task.FromResult("never");

        [Function("Output")]
        public static Task<Unwritable> Output([OrchestrationTrigger] TaskOrchestrationContext context) => Task.FromResult(new Unwritable(""));

        [Function("Ping")]
        public static IResult Ping([HttpTrigger("get")] HttpRequest request) => Results.Text("pong");

        [Function("RefusedHttp")]
        public static IResult RefusedHttp([HttpTrigger("get")] HttpRequest request) => Results.Text("never");
    }

    public sealed class BrokenEntity : TaskEntity<int>
    {
        public string Run() => throw new BrokenException("the operation");
    }

    public sealed class UnbuiltEntity : TaskEntity<int>
    {
        public UnbuiltEntity() => throw new BrokenException("the entity's constructor");

        public string Run() => "never";
    }

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("CallActivity", "Activity", "broken in the activity")]
    [InlineData("CallActivity", "Refused", "broken in the middleware of Refused")]
    [InlineData("CallActivity", "Unwritten", "broken in the converter")]
    [InlineData("CallEntity", "Entity", "broken in the operation")]
    [InlineData("CallEntity", "Built", "broken in the entity's constructor")]
    [InlineData("Orchestrator", "", "broken in the orchestrator")]
    [InlineData("RefusedOrchestrator", "", "broken in the middleware of RefusedOrchestrator")]
    [InlineData("Output", "", "broken in the converter")]
    public async Task An_exception_fails_the_orchestration_with_its_message_and_no_other(string orchestrator, string input, string message)
    {
        await using var host = await StartAsync();

        var failed = await RunAsync(host, orchestrator, input);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Contains(message, failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        await AssertGoesOnAsync(host);
    }

    [Fact]
    public async Task An_input_that_cannot_be_written_is_refused_to_the_client()
    {
        await using var host = await StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();

        await Assert.ThrowsAsync<BrokenException>(() => client.ScheduleNewOrchestrationInstanceAsync("CallActivity", new Unwritable("")));
        await AssertGoesOnAsync(host);
    }

    [Fact]
    public async Task Middleware_that_fails_before_an_HTTP_function_is_500()
    {
        await using var host = await StartAsync();

        Assert.Equal(StatusCodes.Status500InternalServerError, (int)(await host.Client.GetAsync("/RefusedHttp")).StatusCode);
        await AssertGoesOnAsync(host);
    }

    [Fact]
    public async Task A_logger_provider_that_fails_fails_nothing_else_and_other_loggers_get_their_lines()
    {
        var lines = new LogLines();
        await using var host = await StartAsync(new BrokenLogger(), lines);

        for (var n = 0; n < 40; n++) // more than there are workers
        {
            Assert.Equal(OrchestrationRuntimeStatus.Failed, (await RunAsync(host, "CallActivity", "Activity")).RuntimeStatus);
        }

        await AssertGoesOnAsync(host);
        Assert.Contains(lines.All, line => line.Id == 4003);
    }

    private async Task<FunctionsHost> StartAsync(params ILoggerProvider[] loggers)
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Configuration[BackPressureTests.MaxActivities] = "4";
        builder.UseMiddleware((context, next) =>
            context.FunctionDefinition.Name.StartsWith("Refused", StringComparison.Ordinal)
                ? throw new BrokenException($"the middleware of {context.FunctionDefinition.Name}")
                : next());
        builder.Services.AddSingleton<DataConverter, BrokenConverter>();
        builder.Services.AddSingleton(_ => SqliteDatabase.Open(_folder.File("state.db")));
        Array.ForEach(loggers, provider => builder.Logging.AddProvider(provider));
        return await FunctionsHost.StartAsync(builder);
    }

    private static async Task AssertGoesOnAsync(FunctionsHost host)
    {
        Assert.Equal("pong", await host.Client.GetStringAsync("/Ping"));
        Assert.Equal("fine", (await RunAsync(host, "CallActivity", "Fine")).ReadOutputAs<string>());
    }

    private static async Task<OrchestrationMetadata> RunAsync(FunctionsHost host, string orchestrator, string input)
    {
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        var id = await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input);
        return await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).WaitAsync(FunctionsHost.Patience);
    }

    private sealed class BrokenConverter : DataConverter
    {
        public override string? Serialize(object? value) =>
            value is Unwritable ? throw new BrokenException("the converter") : JsonDataConverter.Default.Serialize(value);

        public override object? Deserialize(string? data, Type targetType) => JsonDataConverter.Default.Deserialize(data, targetType);
    }

    private sealed class BrokenLogger : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new BrokenException("the logger");

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new BrokenException("the logger");

        public void Dispose()
        {
        }
    }
}
