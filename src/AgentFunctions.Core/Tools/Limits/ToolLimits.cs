// The gate before a tool call: its circuit breaker and its rate limit.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;

namespace AgentFunctions.Tools.Limits;

/// <summary>The limits of this process. The tools of one MCP server share theirs; a tool whose limits are configured anew starts afresh.</summary>
internal sealed class ToolLimits
{
    public const string RateLimited = "rate_limited";
    public const string CircuitOpen = "circuit_open";

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Key, ToolRateLimit Limit), CallRate> _rates = new();
    private readonly ConcurrentDictionary<(string Key, ToolCircuitBreaker Breaker), Circuit> _circuits = new();
    private readonly Counter<long> _refused;

    public ToolLimits(AgentMeter meter, TimeProvider time)
    {
        _time = time;
        _refused = meter.Meter.CreateCounter<long>("agentfunctions.tool.refused", "{call}", "Tool calls that a rate limit or an open circuit kept from beginning.");
        meter.Meter.CreateObservableGauge("agentfunctions.tool.circuit.open", ReadCircuits, null, "1 while the circuit of a tool or MCP server is open, else 0.");
    }

    /// <summary>Waits for the tool's rate limit, at most as long as a call of it may take. Null when the call may begin, else why not.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<ToolOutcome?> AdmitAsync(ToolDefinition tool, CancellationToken cancellationToken)
    {
        if (CircuitOf(tool)?.Refuse() is { } pause)
            return Refuse(tool, CircuitOpen, $"The tool failed {tool.CircuitBreaker!.Failures} times in a row and is left alone; it can be tried again in {Seconds(pause)} s.");
        if (tool.RateLimit is not { } limit)
            return null;
        var longest = TimeSpan.FromSeconds(tool.TimeoutSeconds);
        var wait = _rates.GetOrAdd((KeyOf(tool), limit), key => new CallRate(key.Limit, _time)).Reserve(longest);
        if (wait > longest)
            return Refuse(tool, RateLimited, $"The tool takes {limit.Calls} calls in {limit.PerSeconds} s and others wait already; it can be called again in {Seconds(wait)} s.");
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, cancellationToken);
        return null;
    }

    /// <summary>Tells the circuit breaker how a call ended that was admitted.</summary>
    public void Report(ToolDefinition tool, ToolOutcome outcome) => CircuitOf(tool)?.Report(IsFailure(outcome.ErrorCode));

    // What a tool answers to a bad request says nothing about how the tool is.
    private static bool IsFailure(string? error) => error switch
    {
        null or "invalid_arguments" or "tool_error" or "mcp_error" or "response_too_large" => false,
        "http_408" or "http_429" => true,
        _ => !error.StartsWith("http_4", StringComparison.Ordinal),
    };

    private Circuit? CircuitOf(ToolDefinition tool) => tool.CircuitBreaker is { } breaker
        ? _circuits.GetOrAdd((KeyOf(tool), breaker), key => new Circuit(key.Breaker, _time))
        : null;

    private ToolOutcome Refuse(ToolDefinition tool, string code, string message)
    {
        _refused.Add(1, new KeyValuePair<string, object?>(GenAiAttributes.ToolName, tool.Name), new KeyValuePair<string, object?>(GenAiAttributes.ErrorType, code));
        return new ToolOutcome(null, code, message);
    }

    private IEnumerable<Measurement<int>> ReadCircuits() => _circuits.GroupBy(circuit => circuit.Key.Key).Select(circuits => new Measurement<int>(
        circuits.Any(circuit => circuit.Value.IsOpen) ? 1 : 0, new KeyValuePair<string, object?>(GenAiAttributes.ToolName, circuits.Key)));

    private static string KeyOf(ToolDefinition tool) => tool.Mcp?.Server ?? tool.Name;

    private static double Seconds(TimeSpan time) => Math.Ceiling(time.TotalSeconds * 10) / 10;
}
