using System.ComponentModel;
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;
using static AgentFunctions.Tests.Tools.ToolTestServices;

namespace AgentFunctions.Tests.Tools;

public sealed class MethodToolTests
{
    [Fact]
    public async Task The_schema_comes_from_the_signature()
    {
        await using var services = Build(s => s.AddAgentTools<Shop>());
        var tool = services.Tool("place_order");
        Assert.Equal(("Places an order.", ToolEffect.Once, 30), (tool.Description, tool.Effect, tool.TimeoutSeconds));
        Assert.Equal(
            """
            {"type":"object","properties":{"customer":{"description":"Who orders","type":"string"},"lines":{"type":"array","items":{"type":"object","properties":{"article":{"type":"string"},"quantity":{"type":"integer"},"price":{"type":["number","null"],"default":null}},"required":["article","quantity"],"additionalProperties":false}},"shipping":{"type":"string","enum":["standard","next_day"]},"due":{"type":["string","null"],"format":"date-time"},"note":{"type":["string","null"]},"gift":{"type":"boolean","default":false}},"required":["customer","lines","shipping"],"additionalProperties":false}
            """.Trim(),
            JsonSerializer.Serialize(tool.Parameters));
    }

    [Fact]
    public async Task Arguments_reach_the_method_and_its_result_is_JSON()
    {
        await using var services = Build(s => s.AddAgentTools<Shop>());
        var result = await services.Runner().ResultAsync(services.Tool("place_order"),
            """{"customer":"Zoë","lines":[{"article":"tea","quantity":2,"price":1.10}],"shipping":"next_day","due":"2026-01-02T03:04:05+01:00"}""");
        Assert.Equal("""{"customer":"Zoë","first":{"article":"tea","quantity":2,"price":1.10},"shipping":"next_day","due":"2026-01-02T03:04:05+01:00","note":null,"gift":false}""", result);
    }

    [Fact]
    public async Task The_invocation_the_token_and_services_are_supplied_and_not_part_of_the_schema()
    {
        await using var services = Build(s => s.AddAgentTools<Shop>());
        var tool = services.Tool("who");
        Assert.Equal("""{"type":"object","properties":{},"additionalProperties":false}""", tool.Parameters.GetRawText().Replace(",\"required\":[]", "", StringComparison.Ordinal));
        Assert.Equal("\"run_1 call_1 run_1:1:call_1 True\"", await services.Runner().ResultAsync(tool, "{}"));
    }

    [Theory]
    [InlineData("add", """{"a":1,"b":2}""", "3")]
    [InlineData("nothing", "{}", "null")]
    [InlineData("later", "{}", "\"done\"")]
    [InlineData("average", """{"values":[1,2.5]}""", "1.75")]
    public async Task Static_synchronous_and_asynchronous_methods_work(string name, string arguments, string result)
    {
        await using var services = Build(s => s.AddAgentTools(typeof(Plain)));
        Assert.Equal(result, await services.Runner().ResultAsync(services.Tool(name), arguments));
    }

    [Fact]
    public async Task The_attribute_decides_name_description_effect_and_timeout()
    {
        await using var services = Build(s => s.AddAgentTools(typeof(Plain)));
        var tool = services.Tool("sum-2");
        Assert.Equal(("Adds.", ToolEffect.Pure, 5), (tool.Description, tool.Effect, tool.TimeoutSeconds));
    }

    [Fact]
    public async Task Each_call_gets_an_instance_of_its_own_scope_which_is_disposed_after_it()
    {
        Counter.Made = Counter.Disposed = 0;
        await using var services = Build(s => s.AddAgentTools<Counter>());
        await services.Runner().ResultAsync(services.Tool("count"), "{}");
        await services.Runner().ResultAsync(services.Tool("count"), "{}");
        Assert.Equal((2, 2), (Counter.Made, Counter.Disposed));
    }

    [Fact]
    public async Task An_instance_that_the_app_registered_as_singleton_is_used_and_not_disposed()
    {
        var mine = new Mine();
        await using (var services = Build(s => s.AddSingleton(mine).AddAgentTools<Mine>()))
        {
            await services.Runner().ResultAsync(services.Tool("touch"), "{}");
            await services.Runner().ResultAsync(services.Tool("touch"), "{}");
        }

        Assert.Equal((2, false), (mine.Touched, mine.IsDisposed));
    }

    [Fact]
    public async Task An_exception_is_an_error_with_the_exceptions_name_and_message()
    {
        await using var services = Build(s => s.AddAgentTools(typeof(Failing)));
        var outcome = await services.Runner().RunAsync(services.Tool("fail"), Invocation("{}"), CancellationToken.None);
        Assert.Equal(new ToolOutcome(null, "InvalidOperationException", "The door is locked."), outcome);
    }

    [Theory]
    [InlineData("heed")]
    [InlineData("block")]
    public async Task A_method_that_takes_too_long_is_a_timeout_even_when_it_ignores_its_token(string name)
    {
        var time = new HeldTime();
        var gate = new Gate();
        await using var services = Build(s => s.AddSingleton<TimeProvider>(time).AddSingleton(gate).AddAgentTools<Slow>());
        var run = services.Runner().RunAsync(services.Tool(name), Invocation("{}"), CancellationToken.None);
        await gate.Entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        time.PassAllTimeouts();
        var outcome = await run.WaitAsync(TimeSpan.FromSeconds(30));
        gate.Release.SetResult();
        Assert.Equal("timeout", outcome.ErrorCode);
    }

    [Fact]
    public async Task A_tool_that_is_not_registered_is_an_error_and_not_an_exception()
    {
        await using var services = Build();
        var tool = new ToolDefinition { Name = "gone", Parameters = JsonElement.Parse("{}") };
        Assert.Equal("unknown_tool", (await services.Runner().RunAsync(tool, Invocation("{}"), CancellationToken.None)).ErrorCode);
    }

    [Fact]
    public void Two_tools_of_one_name_and_a_class_without_tools_are_configuration_errors()
    {
        using var services = Build(s => s.AddAgentTools(typeof(Plain)).AddAgentTools<Doubled>().AddAgentTools<Empty>());
        var error = Assert.Throws<ConfigurationException>(services.Runner);
        Assert.Equal(
            ["code: key 'Doubled': there is already a tool 'add'; set [AgentTool(Name = …)]", "code: key 'Empty': has no method marked [AgentTool]"],
            error.Problems.Select(p => p.ToString()));
    }

    internal enum Shipping { Standard, NextDay }

    internal sealed record Line(string Article, int Quantity, decimal? Price = null);

    internal sealed record Order(string Customer, Line First, Shipping Shipping, DateTimeOffset? Due, string? Note, bool Gift);

    internal sealed class Shop
    {
        [AgentTool, Description("Places an order.")]
        public Order PlaceOrder(
            [Description("Who orders")] string customer, IReadOnlyList<Line> lines, Shipping shipping, DateTimeOffset? due, string? note, bool gift = false) =>
            new(customer, lines[0], shipping, due, note, gift);

        [AgentTool]
        public string Who(ToolInvocation invocation, IServiceProvider services, CancellationToken cancellationToken) =>
            $"{invocation.RunId} {invocation.CallId} {invocation.IdempotencyKey} {cancellationToken.CanBeCanceled && services.GetService<Shop>() is not null}";
    }

    internal static class Plain
    {
        [AgentTool]
        public static int Add(int a, long b) => a + (int)b;

        [AgentTool(Name = "sum-2", Description = "Adds.", Effect = ToolEffect.Pure, TimeoutSeconds = 5)]
        public static int Sum(int a, int b) => a + b;

        [AgentTool]
        public static void Nothing()
        {
        }

        [AgentTool]
        public static async Task<string> LaterAsync()
        {
            await Task.Yield();
            return "done";
        }

        [AgentTool]
        private static double Average(double[] values) => values.Average();
    }

    internal sealed class Counter : IDisposable
    {
        public Counter() => Made++;

        public static int Made { get; set; }

        public static int Disposed { get; set; }

        [AgentTool]
        public int Count() => Made;

        public void Dispose() => Disposed++;
    }

    internal sealed class Mine : IDisposable
    {
        public int Touched { get; private set; }

        public bool IsDisposed { get; private set; }

        [AgentTool]
        public void Touch() => Touched++;

        public void Dispose() => IsDisposed = true;
    }

    internal static class Failing
    {
        [AgentTool]
        public static void Fail() => throw new InvalidOperationException("The door is locked.");
    }

    internal sealed class Gate
    {
        public TaskCompletionSource Entered { get; } = new();

        public TaskCompletionSource Release { get; } = new();
    }

    internal sealed class Slow(Gate gate)
    {
        [AgentTool]
        public Task HeedAsync(CancellationToken cancellationToken)
        {
            gate.Entered.SetResult();
            return gate.Release.Task.WaitAsync(cancellationToken);
        }

        [AgentTool]
        public void Block()
        {
            gate.Entered.SetResult();
            gate.Release.Task.Wait(CancellationToken.None);
        }
    }

    internal sealed class Doubled
    {
        [AgentTool]
        public int Add() => 0;
    }

    internal sealed class Empty;
}
