using AgentFunctions.Embedded.Worker;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Worker;

/// <summary>What cannot be a function stops the app, with a message that names the function and the fix.</summary>
public sealed class FunctionDefinitionTests
{
    public static class NoTrigger
    {
        [Function("f")]
        public static void Run(FunctionContext context) => _ = context;
    }

    public static class TwoTriggers
    {
        [Function("f")]
        public static void Run([HttpTrigger] HttpRequest request, [TimerTrigger("* * * * * *")] TimerInfo timer) => _ = (request, timer);
    }

    public static class Duplicates
    {
        [Function("Same")]
        public static void One([HttpTrigger] HttpRequest request) => _ = request;

        [Function("same")]
        public static void Other([HttpTrigger(Route = "other")] HttpRequest request) => _ = request;
    }

    public static class Unbindable
    {
        [Function("f")]
        public static void Run([HttpTrigger] HttpRequest request, HttpClient service) => _ = (request, service);
    }

    public static class WrongTriggerType
    {
        [Function("f")]
        public static void Run([HttpTrigger] HttpContext context) => _ = context;
    }

    public static class BadRoute
    {
        [Function("f")]
        public static void Run([HttpTrigger(Route = "a/{b")] HttpRequest request) => _ = request;
    }

    public static class BadConstraint
    {
        [Function("f")]
        public static void Run([HttpTrigger(Route = "a/{b:inty}")] HttpRequest request) => _ = request;
    }

    public static class SameRoute
    {
        [Function("One")]
        public static void One([HttpTrigger("get", "post", Route = "a/{b}")] HttpRequest request) => _ = request;

        [Function("Other")]
        public static void Other([HttpTrigger("POST", Route = "A/{b}")] HttpRequest request) => _ = request;
    }

    public static class BadCron
    {
        [Function("f")]
        public static void Run([TimerTrigger("0 61 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class MissingSetting
    {
        [Function("f")]
        public static void Run([TimerTrigger("%SWEEP%")] TimerInfo timer) => _ = timer;
    }

    public static class AsyncVoid
    {
        [Function("f")]
        public static async void Run([TimerTrigger("* * * * * *")] TimerInfo timer) => await Task.FromResult(timer);
    }

    public static class ValueTasks
    {
        [Function("f")]
        public static ValueTask Run([TimerTrigger("* * * * * *")] TimerInfo timer) => new(Task.FromResult(timer));
    }

    public sealed class Hidden
    {
        [Function("f")]
        internal static void Run([TimerTrigger("* * * * * *")] TimerInfo timer) => _ = timer;
    }

    public sealed class NoConstructor
    {
        private NoConstructor() => _ = this;

        [Function("f")]
        public void Run([TimerTrigger("* * * * * *")] TimerInfo timer) => _ = (this, timer);
    }

    public static class ClientInOrchestrator
    {
        [Function("f")]
        public static Task Run([OrchestrationTrigger] TaskOrchestrationContext context, [DurableClient] DurableTaskClient client) =>
            Task.FromResult((context, client));
    }

    public static class TwoInputs
    {
        [Function("f")]
        public static Task Run([OrchestrationTrigger] TaskOrchestrationContext context, int one, int two) => Task.FromResult((context, one, two));
    }

    [Theory]
    [InlineData(typeof(NoTrigger), "no parameter has a trigger attribute")]
    [InlineData(typeof(TwoTriggers), "several triggers")]
    [InlineData(typeof(Duplicates), "has the same name")]
    [InlineData(typeof(Unbindable), "'service' of type HttpClient; take services in the constructor")]
    [InlineData(typeof(WrongTriggerType), "'context' is of type HttpContext; make it HttpRequest")]
    [InlineData(typeof(BadRoute), "its route '/a/{b' is not valid")]
    [InlineData(typeof(BadConstraint), "its route '/a/{b:inty}' has a constraint that does not exist")]
    [InlineData(typeof(SameRoute), "One answers the same route")]
    [InlineData(typeof(BadCron), "its schedule '0 61 * * * *' is not valid: '61' is no minute (0 to 59)")]
    [InlineData(typeof(MissingSetting), "the setting 'SWEEP', which is not set")]
    [InlineData(typeof(AsyncVoid), "'async void'")]
    [InlineData(typeof(ValueTasks), "returns a ValueTask")]
    [InlineData(typeof(Hidden), "must be a public")]
    [InlineData(typeof(NoConstructor), "of a class that can be constructed")]
    [InlineData(typeof(ClientInOrchestrator), "an orchestrator cannot use a durable client")]
    [InlineData(typeof(TwoInputs), "one input, but 'one' and 'two'")]
    public void What_cannot_be_a_function_stops_the_app_and_says_why(Type functions, string expected)
    {
        var failure = Assert.Throws<InvalidOperationException>(() => FunctionsHost.Builder(functions).Build());
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains(functions.Name, failure.Message, StringComparison.Ordinal);
        Assert.Matches("Function '(f|same|Other)'", failure.Message);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => FunctionsHost.Builder(typeof(NoTrigger), typeof(AsyncVoid)).Build());
        Assert.Contains(nameof(NoTrigger), failure.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(AsyncVoid), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_HTTP_function_needs_ConfigureFunctionsWebApplication()
    {
        var builder = FunctionsApplication.CreateBuilder([]).AddFunctions(typeof(HttpFunctionTests.Samples));
        var failure = Assert.Throws<InvalidOperationException>(builder.Build);
        Assert.Contains("call builder.ConfigureFunctionsWebApplication()", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_url_the_host_listens_on_the_loopback_address_only()
    {
        using var host = FunctionsApplication.CreateBuilder([]).AddFunctions(typeof(TimerFunctionTests.Runs)).Build();
        Assert.Equal("http://127.0.0.1:7071", host.Services.GetRequiredService<IConfiguration>()["urls"]);
    }
}
