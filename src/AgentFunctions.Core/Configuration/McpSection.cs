// The `mcp_servers` section: programs and addresses whose tools agents may use.
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;

namespace AgentFunctions.Configuration;

internal static class McpSection
{
    private const int HourInSeconds = 3600;

    /// <param name="folder">What a relative <c>cwd</c> starts from.</param>
    public static IReadOnlyList<McpServerDefinition> Read(ConfigMap root, string folder)
    {
        var servers = new List<McpServerDefinition>();
        foreach (var value in root.Get("mcp_servers")?.List() ?? [])
        {
            if (value.Map() is not { } map)
                continue;
            var server = ReadServer(value, map, folder);
            if (server.Name.Length > 0 && servers.Any(other => other.Name == server.Name))
                map.Get("name")!.AddProblem($"there is already an MCP server '{server.Name}'");
            servers.Add(server);
        }

        return servers;
    }

    /// <summary>An agent's <c>mcp_servers</c>: <c>server</c> for all of its tools, or <c>server.tool</c> for one.</summary>
    public static IReadOnlyList<McpSelection> ReadSelections(ConfigValue? value, IReadOnlyList<McpServerDefinition> servers)
    {
        var selections = new List<McpSelection>();
        foreach (var item in value?.List() ?? [])
        {
            if (item.Text() is not { } text)
                continue;
            var (server, tool) = text.Split('.', 2) is [var before, var after] ? (before, after) : (text, null);
            if (servers.All(s => s.Name != server))
                item.AddProblem($"there is no MCP server '{server}' under `mcp_servers`", Spelling.Nearest(server, servers.Select(s => s.Name)));
            selections.Add(new McpSelection(server, tool));
        }

        return selections;
    }

    private static McpServerDefinition ReadServer(ConfigValue value, ConfigMap map, string folder)
    {
        var server = new McpServerDefinition { Name = map.Require("name")?.Name() ?? "" };
        server = TransportOf(value, map) == "stdio" ? AsProcess(server, map, folder) : OverHttp(server, map);
        server = server with
        {
            TimeoutSeconds = map.Get("timeout_seconds")?.Integer(1, HourInSeconds) ?? server.TimeoutSeconds,
            ConnectTimeoutSeconds = map.Get("connect_timeout_seconds")?.Integer(1, HourInSeconds) ?? server.ConnectTimeoutSeconds,
            DefaultEffect = map.Get("effect_default") is { } effect ? ToolSection.ReadEffect(effect) : server.DefaultEffect,
            Approval = ApprovalSection.Read(map.Get("approval"), parameters: null),
            RateLimit = LimitSection.ReadRate(map.Get("rate_limit")),
            CircuitBreaker = LimitSection.ReadCircuit(map.Get("circuit_breaker")),
            Tools = map.Get("tools")?.List() is { } tools ? [.. tools.Select(ReadTool)] : null,
        };
        map.End();
        return server;
    }

    // A command makes a process and a url makes HTTP; the word itself is needed by nobody and understood all the same.
    private static string TransportOf(ConfigValue value, ConfigMap map)
    {
        var (command, url) = (map.Get("command"), map.Get("url"));
        if (command is null == url is null)
            value.AddProblem("needs either `command` (a program, spoken to over stdio) or `url` (a streamable HTTP server)");
        var found = command is not null ? "stdio" : "http";
        if (map.Get("transport") is { } transport && transport.OneOf("stdio", "http") is { } named && named != found)
            transport.AddProblem($"'{named}' does not go with `{(named == "stdio" ? "url" : "command")}`");
        return found;
    }

    private static McpServerDefinition AsProcess(McpServerDefinition server, ConfigMap map, string folder) => server with
    {
        Command = map.Get("command")?.Text() ?? "",
        Arguments = [.. (map.Get("args")?.List() ?? []).Select(argument => argument.Secret() ?? "")],
        Environment = map.Get("env")?.Secrets() ?? server.Environment,
        WorkingDirectory = Path.GetFullPath(map.Get("cwd")?.Text() ?? ".", folder),
    };

    private static McpServerDefinition OverHttp(McpServerDefinition server, ConfigMap map)
    {
        var url = map.Get("url");
        url?.Url();
        return server with { Url = url?.Secret() ?? "", Headers = map.Get("headers")?.Secrets() ?? server.Headers };
    }

    private static McpToolRule ReadTool(ConfigValue value)
    {
        if (!value.IsMap)
            return new McpToolRule(value.Text() ?? "");
        var map = value.Map()!;
        var rule = new McpToolRule(
            map.Require("name")?.Text() ?? "",
            map.Get("effect") is { } effect ? ToolSection.ReadEffect(effect) : null,
            map.Get("timeout_seconds")?.Integer(1, HourInSeconds),
            ApprovalSection.Read(map.Get("approval"), parameters: null));
        map.End();
        return rule;
    }
}
