// The tools that a server lists, as tools that a model can be given.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentFunctions.Agents;
using ModelContextProtocol.Protocol;

namespace AgentFunctions.Tools.Mcp;

internal static partial class McpToolList
{
    private const int LongestName = 64;
    private const int HashLength = 8;

    /// <summary>The allowed tools in the server's order. A tool that no model could call is left out and reported.</summary>
    public static IReadOnlyList<ToolDefinition> Read(McpServerDefinition server, IEnumerable<Tool> listed, Action<string, string> skipped)
    {
        var tools = new List<ToolDefinition>();
        foreach (var tool in listed)
        {
            var rule = server.Tools?.FirstOrDefault(r => r.Name == tool.Name);
            if (server.Tools is not null && rule is null)
                continue;
            var name = NameOf(server.Name, tool.Name);
            if (ArgumentValidator.ProblemOf(tool.InputSchema) is { } problem)
                skipped(tool.Name, $"its input schema cannot be used: {problem}");
            else if (tools.Any(other => other.Name == name))
                skipped(tool.Name, $"another tool is named {name} already");
            else
                tools.Add(Define(server, tool, rule, name));
        }

        return tools;
    }

    /// <summary><c>{server}_{tool}</c> in the characters that providers take; a long name is cut and told apart by a hash.</summary>
    public static string NameOf(string server, string tool)
    {
        var name = Forbidden().Replace($"{server}_{tool}", "_");
        if (name.Length <= LongestName)
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tool)))[..HashLength];
        return $"{name[..(LongestName - HashLength - 1)]}_{hash}";
    }

    /// <summary>A sentence for the model when the tool would be one of a server that listed nothing before the run began; else empty.</summary>
    public static string WhyMissing(AgentDefinition agent, string tool)
    {
        var server = agent.Mcp.Select(selection => selection.Server).FirstOrDefault(server => tool.StartsWith(NameOf(server, ""), StringComparison.Ordinal));
        return server is null || agent.Tools.Any(t => t.Mcp?.Server == server) ? "" : $" The MCP server '{server}' had not listed its tools when the run began.";
    }

    private static ToolDefinition Define(McpServerDefinition server, Tool tool, McpToolRule? rule, string name) => new()
    {
        Name = name,
        Description = tool.Description ?? tool.Title ?? tool.Annotations?.Title ?? "",
        Parameters = JsonSerializer.SerializeToElement(tool.InputSchema),
        Effect = rule?.Effect ?? EffectOf(tool.Annotations) ?? server.DefaultEffect,
        TimeoutSeconds = rule?.TimeoutSeconds ?? server.TimeoutSeconds,
        Approval = rule?.Approval ?? server.Approval,
        RateLimit = server.RateLimit,
        CircuitBreaker = server.CircuitBreaker,
        Mcp = new McpTool(server.Name, tool.Name),
    };

    private static ToolEffect? EffectOf(ToolAnnotations? hints) => hints switch
    {
        { ReadOnlyHint: true } => ToolEffect.Pure,
        { IdempotentHint: true } => ToolEffect.Idempotent,
        { IdempotentHint: false } or { DestructiveHint: true } => ToolEffect.Once,
        _ => null,
    };

    [GeneratedRegex("[^A-Za-z0-9_-]")]
    private static partial Regex Forbidden();
}
