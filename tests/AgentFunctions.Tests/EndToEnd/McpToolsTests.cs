// Agents that use the tools of an MCP server, over the running executable and a real server process.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Tools.Mcp;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>An agent whose scripted model calls the tool that the input names, with the rest of the input as id.</summary>
public sealed class McpApp : IAsyncLifetime
{
    private static readonly string[] _tools =
        ["lookup_order", "ship_order", "cancel_order", "die", "die_reading", "hang", "everything", "refuse", "meta", "grow", "grown"];

    private readonly TempFolder _folder = new();
    private AppProcess? _app;

    public McpApp() => Server = new McpTestServer(_folder);

    internal AppProcess App => _app!;

    internal McpTestServer Server { get; }

    /// <summary>Of one call; short for the tool that hangs.</summary>
    internal int TimeoutSeconds { get; init; } = 2;

    public async Task InitializeAsync()
    {
        var config = _folder.Write("agents.yaml", $$"""
            mcp_servers:
              - {{Server.Yaml($", timeout_seconds: {TimeoutSeconds}")}}
              - {{Server.SilentYaml}}
              - { name: away, url: "http://127.0.0.1:1/mcp", connect_timeout_seconds: 2 }
            models:
              script:
                provider: scripted
                script:
                  - { when: "^grow and use$", after_tool: orders_grown, say: "{result}" }
                  - { when: "^grow and use$", after_tool: orders_grow, call: [{ tool: orders_grown, arguments: {} }] }
                  - { when: "^grow and use$", call: [{ tool: orders_grow, arguments: {} }] }
            {{string.Concat(_tools.Select(Rules))}}
                  - { after_tool: orders_variable, say: "{result}" }
                  - { when: "^variable (?<name>.+)$", call: [{ tool: orders_variable, arguments: { name: "{name}" } }] }
                  - { after_tool: away_find, say: "{result}" }
                  - { when: "^away$", call: [{ tool: away_find, arguments: {} }] }
                  - { say: nothing }
            agents:
              - { name: clerk, model: script, prompt: Call tools., mcp_servers: [orders, away] }
              - { name: reader, model: script, prompt: Call tools., mcp_servers: [orders.lookup_order] }
            """);
        _app = await AppProcess.StartAsync(
            Path.Combine(_folder.Path, "data"), config, new Dictionary<string, string> { ["ORDERS_KEY"] = "sesame-open", ["MODEL_KEY"] = "of-the-app-alone" });
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        _folder.Dispose();
    }

    internal async Task<JsonObject> RunAsync(string input, string agent = "clerk")
    {
        using var response = await App.Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>The tool's result as the model got it.</summary>
    internal async Task<JsonNode> ResultAsync(string input) => JsonNode.Parse((string)(await RunAsync(input))["content"]!)!;

    private static string Rules(string tool) => $$"""
              - { after_tool: orders_{{tool}}, say: "{result}" }
              - { when: "^{{tool}}$", call: [{ tool: orders_{{tool}}, arguments: {} }] }
              - { when: "^{{tool}} (?<id>.+)$", call: [{ tool: orders_{{tool}}, arguments: { id: "{id}" } }] }

        """;
}

public sealed class McpToolsTests(McpApp mcp) : IClassFixture<McpApp>
{
    [Fact]
    public async Task An_agent_lists_the_servers_tools_with_the_effects_that_their_hints_give()
    {
        var agent = (await mcp.App.Http.GetFromJsonAsync<JsonObject>("/api/v1/agents/clerk"))!;

        var tools = agent["tools"]!.AsArray().ToDictionary(t => (string)t!["name"]!, t => (string?)t!["effect"]);
        Assert.Equal("pure", tools["orders_lookup_order"]);
        Assert.Equal("idempotent", tools["orders_cancel_order"]);
        Assert.Equal("once", tools["orders_ship_order"]);
        Assert.DoesNotContain(tools.Keys, name => name.StartsWith("away_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tool_of_the_server_answers_the_model()
    {
        var result = await mcp.ResultAsync("lookup_order 7");

        Assert.Equal("shipped", (string?)result["status"]);
    }

    [Fact]
    public async Task An_agent_that_names_one_tool_gets_no_other()
    {
        var agent = (await mcp.App.Http.GetFromJsonAsync<JsonObject>("/api/v1/agents/reader"))!;

        Assert.Equal("orders_lookup_order", (string?)Assert.Single(agent["tools"]!.AsArray())!["name"]);
    }

    [Fact]
    public async Task A_result_of_every_content_type_reaches_the_model_whole()
    {
        var result = await mcp.ResultAsync("everything");

        Assert.Equal(["text", "image", "audio", "resource_link", "resource"], result["content"]!.AsArray().Select(block => (string?)block!["type"]));
        Assert.Equal("cGl4ZWxz", (string?)result["content"]![1]!["data"]);
        Assert.Equal("order 8", (string?)result["content"]![4]!["resource"]!["text"]);
        Assert.Equal(8, (int)result["structured_content"]!["orders"]![1]!);
    }

    [Fact]
    public async Task An_error_that_the_tool_reports_is_the_models_to_read()
    {
        var result = await mcp.ResultAsync("refuse");

        Assert.Equal("tool_error", (string?)result["error"]);
        Assert.Equal("order 9 is locked", (string?)result["message"]);
    }

    [Fact]
    public async Task A_call_carries_the_trace_and_the_idempotency_key_in_its_meta()
    {
        var run = await mcp.RunAsync("meta");

        var meta = JsonNode.Parse((string)run["content"]!)!;
        Assert.StartsWith($"00-{run["trace_id"]}-", (string?)meta["traceparent"]);
        Assert.StartsWith($"{run["run_id"]}:", (string?)meta["idempotency-key"]);
    }

    [Fact]
    public async Task The_servers_process_has_the_variables_that_it_is_given_and_not_those_of_the_app()
    {
        Assert.Contains("calls.log", (string?)(await mcp.RunAsync("variable CALL_LOG"))["content"]);
        Assert.Contains("(not set)", (string?)(await mcp.RunAsync("variable MODEL_KEY"))["content"]);
    }

    [Fact]
    public async Task A_tool_that_hangs_is_cancelled_at_its_time_out_and_the_run_goes_on()
    {
        var result = await mcp.ResultAsync("hang");

        Assert.Equal("timeout", (string?)result["error"]);
        await mcp.Server.SeeAsync("hang cancelled");
    }

    [Fact]
    public async Task A_tool_of_a_server_that_is_away_is_told_to_the_model_and_the_run_ends_well()
    {
        var result = await mcp.ResultAsync("away");

        Assert.Equal("unknown_tool", (string?)result["error"]);
        Assert.Contains("The MCP server 'away' had not listed its tools", (string?)result["message"]);
    }

    [Fact]
    public void A_server_that_never_answers_does_not_keep_the_app_from_starting()
    {
        Assert.Contains("MCP server silent cannot be used (no answer within 1 s)", mcp.App.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_log_is_kept_without_the_secrets_that_it_was_given()
    {
        await mcp.RunAsync("lookup_order 1");

        Assert.DoesNotContain("sesame-open", mcp.App.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_the_server_adds_is_there_for_the_next_run()
    {
        await mcp.RunAsync("grow");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((string?)(await mcp.RunAsync("grown"))["content"] != "new")
            await timer.WaitForNextTickAsync(limit.Token);
    }
}

/// <summary>Each with an app of its own, because the server dies.</summary>
public sealed class McpServerDeathTests
{
    [Fact]
    public async Task A_once_call_that_the_server_died_of_is_not_repeated_and_a_later_run_finds_a_new_server()
    {
        await using var app = new Started();
        await app.Mcp.InitializeAsync();

        var result = await app.Mcp.ResultAsync("die");

        Assert.Equal("outcome_unknown", (string?)result["error"]);
        Assert.Equal(1, app.Mcp.Server.Calls.Count(line => line == "die"));
        Assert.Equal("shipped", (string?)(await app.Mcp.ResultAsync("lookup_order 7"))["status"]);
    }

    [Fact]
    public async Task A_pure_call_that_the_server_died_of_is_sent_once_more_to_a_new_server()
    {
        await using var app = new Started();
        await app.Mcp.InitializeAsync();

        var run = await app.Mcp.RunAsync("die_reading");

        Assert.Equal("alive", (string?)run["content"]);
        Assert.Equal(2, app.Mcp.Server.Calls.Count(line => line == "die"));
    }

    [Fact]
    public async Task A_run_keeps_the_tools_that_it_began_with_when_the_server_gets_more()
    {
        await using var app = new Started();
        await app.Mcp.InitializeAsync();

        var result = await app.Mcp.ResultAsync("grow and use");

        Assert.Equal("unknown_tool", (string?)result["error"]);
        Assert.Contains(app.Mcp.Server.Calls, line => line == "grow");
    }

    [Fact]
    public async Task The_servers_process_ends_with_the_app()
    {
        await using var app = new Started();
        await app.Mcp.InitializeAsync();
        var server = int.Parse(app.Mcp.Server.Calls[0].Split(' ')[1], CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(server);

        await app.Mcp.App.TerminateAsync();

        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class Started : IAsyncDisposable
    {
        // A call that finds its server dead starts a new one within its own time.
        public McpApp Mcp { get; } = new() { TimeoutSeconds = 60 };

        public async ValueTask DisposeAsync() => await Mcp.DisposeAsync();
    }
}
