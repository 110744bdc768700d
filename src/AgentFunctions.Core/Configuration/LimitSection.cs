// `rate_limit` and `circuit_breaker` of a tool or an MCP server.
using AgentFunctions.Tools.Limits;

namespace AgentFunctions.Configuration;

internal static class LimitSection
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);

    public static ToolRateLimit? ReadRate(ConfigValue? value)
    {
        if (value?.Map() is not { } map)
            return null;
        var limit = new ToolRateLimit(map.Require("calls")?.Integer(1, 100_000) ?? 1, map.Require("per")?.Duration(_shortest)?.TotalSeconds ?? 1);
        map.End();
        return limit;
    }

    public static ToolCircuitBreaker? ReadCircuit(ConfigValue? value)
    {
        if (value?.Map() is not { } map)
            return null;
        var breaker = new ToolCircuitBreaker(map.Get("failures")?.Integer(1, 1000) ?? 5, map.Get("open_for")?.Duration(_shortest)?.TotalSeconds ?? 30);
        map.End();
        return breaker;
    }
}
