using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Limits;
using AgentFunctions.Tools.Mcp;
using System.Text.Json;

namespace AgentFunctions.Tests.Tools.Limits;

/// <summary>The gate before tool calls, with time in the test's hands.</summary>
public sealed class ToolLimitsTests : IDisposable
{
    private static readonly ToolOutcome _well = new(JsonElement.Parse("1"));
    private static readonly ToolOutcome _failed = new(null, "http_503", "down");

    private readonly FakeTime _time = new();
    private readonly AgentMeter _meter = new();
    private readonly ToolLimits _limits;

    public ToolLimitsTests() => _limits = new ToolLimits(_meter, _time);

    public void Dispose() => _meter.Dispose();

    [Fact]
    public async Task Calls_within_the_rate_begin_at_once_and_the_next_one_waits_its_turn()
    {
        var tool = Tool() with { RateLimit = new ToolRateLimit(2, 10) };
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));

        var third = _limits.AdmitAsync(tool, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await third.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Of_calls_that_wait_together_each_begins_a_turn_after_the_one_before()
    {
        var tool = Tool() with { RateLimit = new ToolRateLimit(1, 10) };
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
        var second = _limits.AdmitAsync(tool, CancellationToken.None);
        var third = _limits.AdmitAsync(tool, CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await second.WaitAsync(TimeSpan.FromSeconds(10)));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await third.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_call_that_would_wait_longer_than_it_may_take_is_refused_with_the_time_when_it_can_be_made()
    {
        var tool = Tool() with { RateLimit = new ToolRateLimit(1, 60), TimeoutSeconds = 30 };
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(10));

        var refused = await _limits.AdmitAsync(tool, CancellationToken.None);

        Assert.Equal("rate_limited", refused!.ErrorCode);
        Assert.Contains("in 50 s", refused.ErrorMessage);
        _time.Advance(TimeSpan.FromSeconds(50));
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
    }

    [Fact]
    public async Task A_circuit_opens_after_failures_in_a_row_and_lets_one_call_try_when_its_time_is_over()
    {
        var tool = Tool() with { CircuitBreaker = new ToolCircuitBreaker(2, 30) };
        _limits.Report(tool, _failed);
        _limits.Report(tool, _well);
        _limits.Report(tool, _failed);
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
        _limits.Report(tool, _failed);

        Assert.Equal("circuit_open", (await _limits.AdmitAsync(tool, CancellationToken.None))!.ErrorCode);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
        Assert.Equal("circuit_open", (await _limits.AdmitAsync(tool, CancellationToken.None))!.ErrorCode);
        _limits.Report(tool, _well);

        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
    }

    [Fact]
    public async Task A_trial_that_fails_keeps_the_circuit_open_for_as_long_again()
    {
        var tool = Tool() with { CircuitBreaker = new ToolCircuitBreaker(1, 30) };
        _limits.Report(tool, _failed);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Null(await _limits.AdmitAsync(tool, CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(5));
        _limits.Report(tool, _failed);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Contains("in 1 s", (await _limits.AdmitAsync(tool, CancellationToken.None))!.ErrorMessage);
    }

    [Theory]
    [InlineData("invalid_arguments", false)]
    [InlineData("http_404", false)]
    [InlineData("tool_error", false)]
    [InlineData("http_429", true)]
    [InlineData("http_500", true)]
    [InlineData("timeout", true)]
    [InlineData("InvalidOperationException", true)]
    public async Task What_the_model_did_wrong_opens_no_circuit(string error, bool opens)
    {
        var tool = Tool() with { CircuitBreaker = new ToolCircuitBreaker(1, 30) };

        _limits.Report(tool, new ToolOutcome(null, error, ""));

        Assert.Equal(opens, await _limits.AdmitAsync(tool, CancellationToken.None) is not null);
    }

    [Fact]
    public async Task The_tools_of_one_mcp_server_share_their_limits_and_other_tools_have_their_own()
    {
        var breaker = new ToolCircuitBreaker(1, 30);
        var one = Tool("orders_a") with { Mcp = new McpTool("orders", "a"), CircuitBreaker = breaker };

        _limits.Report(one, _failed);

        Assert.NotNull(await _limits.AdmitAsync(one with { Name = "orders_b", Mcp = new McpTool("orders", "b") }, CancellationToken.None));
        Assert.Null(await _limits.AdmitAsync(Tool("other") with { CircuitBreaker = breaker }, CancellationToken.None));
    }

    private static ToolDefinition Tool(string name = "tool") => new() { Name = name, Parameters = JsonElement.Parse("{}") };
}
