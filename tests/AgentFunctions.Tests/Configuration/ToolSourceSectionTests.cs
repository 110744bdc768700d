using AgentFunctions.Configuration;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Limits;
using AgentFunctions.Tools.Mcp;

namespace AgentFunctions.Tests.Configuration;

/// <summary>Where tools come from and how they are limited: mcp_servers, retrieval, rate_limit, circuit_breaker.</summary>
public sealed class ToolSourceSectionTests
{
    private const string Model = "models: { m: { provider: ollama, model: x } }\n";

    [Fact]
    public void A_server_that_is_a_program_is_read_with_its_secrets_unexpanded()
    {
        var server = Assert.Single(TemporaryFile.Load(
            """
            mcp_servers:
              - name: orders
                command: node
                args: [server.js, "--key=${KEY}"]
                env: { TOKEN: "${KEY}" }
                cwd: servers
                timeout_seconds: 7
                connect_timeout_seconds: 3
                effect_default: pure
                rate_limit: { calls: 4, per: 2s }
                circuit_breaker: { failures: 3, open_for: 1m }
                tools: [find, { name: pay, effect: once, timeout_seconds: 60 }]
            """, _ => "secret").McpServers);

        Assert.Equal("node", server.Command);
        Assert.Equal(["server.js", "--key=${KEY}"], server.Arguments);
        Assert.Equal("${KEY}", server.Environment["TOKEN"]);
        Assert.EndsWith("servers", server.WorkingDirectory, StringComparison.Ordinal);
        Assert.Equal((7, 3, ToolEffect.Pure), (server.TimeoutSeconds, server.ConnectTimeoutSeconds, server.DefaultEffect));
        Assert.Equal(new ToolRateLimit(4, 2), server.RateLimit);
        Assert.Equal(new ToolCircuitBreaker(3, 60), server.CircuitBreaker);
        Assert.Equal([new McpToolRule("find"), new McpToolRule("pay", ToolEffect.Once, 60)], server.Tools);
    }

    [Fact]
    public void A_server_over_http_is_read_and_agents_take_all_of_its_tools_or_one()
    {
        var app = TemporaryFile.Load(Model +
            """
            mcp_servers: [{ name: bank, transport: http, url: "https://bank.example/mcp", headers: { authorization: "Bearer ${KEY}" } }]
            agents:
              - { name: a, model: m, prompt: p, mcp_servers: [bank] }
              - { name: b, model: m, prompt: p, mcp_servers: [bank.find.all] }
            """, _ => "secret");

        var server = Assert.Single(app.McpServers);
        Assert.Equal(("https://bank.example/mcp", "Bearer ${KEY}"), (server.Url, server.Headers["Authorization"]));
        Assert.Equal(new McpSelection("bank"), Assert.Single(app.Agents[0].Mcp));
        Assert.Equal(new McpSelection("bank", "find.all"), Assert.Single(app.Agents[1].Mcp));
    }

    [Theory]
    [InlineData("mcp_servers: [{ name: a }]", "agents.yaml:1:15: key 'mcp_servers[0]': needs either `command` (a program, spoken to over stdio) or `url` (a streamable HTTP server)")]
    [InlineData("mcp_servers: [{ name: a, command: x, url: \"http://x\" }]", "agents.yaml:1:15: key 'mcp_servers[0]': needs either `command` (a program, spoken to over stdio) or `url` (a streamable HTTP server)")]
    [InlineData("mcp_servers: [{ name: a, command: x, transport: http }]", "agents.yaml:1:49: key 'mcp_servers[0].transport': 'http' does not go with `command`")]
    [InlineData("mcp_servers: [{ name: a, url: bank }]", "agents.yaml:1:31: key 'mcp_servers[0].url': 'bank' is not an absolute http or https URL")]
    [InlineData("mcp_servers: [{ name: a, command: x, arg: [] }]", "agents.yaml:1:38: key 'mcp_servers[0].arg': is not a known key; did you mean 'args'?")]
    [InlineData("mcp_servers: [{ name: a, command: x }, { name: a, command: y }]", "agents.yaml:1:48: key 'mcp_servers[1].name': there is already an MCP server 'a'")]
    [InlineData("mcp_servers: [{ name: a, command: x, tools: [{ effect: once }] }]", "agents.yaml:1:46: key 'mcp_servers[0].tools[0].name': is required and missing")]
    [InlineData("retrieval: [{ name: a, path: nowhere_at_all }]", "agents.yaml:1:30: key 'retrieval[0].path': there is no folder nowhere_at_all; a relative path starts from the folder of this file")]
    [InlineData("retrieval: [{ name: a, path: ., k: 51 }]", "agents.yaml:1:36: key 'retrieval[0].k': must be from 1 to 50, not 51")]
    [InlineData("retrieval: [{ name: a, path: . }, { name: a, path: . }]", "agents.yaml:1:43: key 'retrieval[1].name': there is already a tool 'search_a'")]
    [InlineData("tools: [{ name: t, http: { method: GET, url: \"http://x\" }, rate_limit: { calls: 0, per: 1s } }]", "agents.yaml:1:81: key 'tools[0].rate_limit.calls': must be from 1 to 100000, not 0")]
    [InlineData("tools: [{ name: t, http: { method: GET, url: \"http://x\" }, rate_limit: { calls: 1 } }]", "agents.yaml:1:72: key 'tools[0].rate_limit.per': is required and missing")]
    [InlineData("tools: [{ name: t, http: { method: GET, url: \"http://x\" }, circuit_breaker: { open: 3s } }]", "agents.yaml:1:79: key 'tools[0].circuit_breaker.open': is not a known key; did you mean 'open_for'?")]
    public void A_wrong_source_is_told_with_its_place(string yaml, string problem) => Assert.Equal([problem], TemporaryFile.ProblemsOf(yaml));

    [Fact]
    public void An_agent_that_names_a_server_that_is_not_there_is_told_the_nearest()
    {
        var problems = TemporaryFile.ProblemsOf(Model +
            """
            mcp_servers: [{ name: orders, command: x }]
            agents: [{ name: a, model: m, prompt: p, mcp_servers: [order.find] }]
            """);

        Assert.Equal(["agents.yaml:3:56: key 'agents[0].mcp_servers[0]': there is no MCP server 'order' under `mcp_servers`; did you mean 'orders'?"], problems);
    }

    [Fact]
    public void A_scripted_model_may_call_what_a_server_could_list_and_nothing_else()
    {
        const string Server = "mcp_servers: [{ name: orders, command: x }]\n";

        TemporaryFile.Load(Server + "models: { m: { provider: scripted, script: [{ call: [{ tool: orders_find }] }] } }");

        Assert.Contains("there is no tool 'order_find'", Assert.Single(TemporaryFile.ProblemsOf(
            Server + "models: { m: { provider: scripted, script: [{ call: [{ tool: order_find }] }] } }")), StringComparison.Ordinal);
    }
}
