// The sample app as its own process: a supervisor, two members, an MCP server, retrieval, a refund that a person approves.
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class SupportDeskTests : IAsyncLifetime
{
    private static readonly string _sample = AppProcess.Built("samples", "SupportDesk");

    private readonly TempFolder _folder = new();
    private AppProcess _app = null!;

    private HttpClient Http => _app.Http;

    private string Data => Path.Combine(_folder.Path, "data");

    private string Ledger => Path.Combine(_folder.Path, "refunds.jsonl");

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_supervisor_gives_the_question_to_the_member_who_asks_the_MCP_server()
    {
        var run = await AskAsync("Where is my order A-1001?");

        Assert.Equal("Order A-1001 (desk lamp) is on its way, due on Thursday.", (string?)run["content"]);
        var names = SpansOf((await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace"))!);
        Assert.Contains("delegate orders", names);
        Assert.Contains("execute_tool orders_find_order", names);
    }

    [Fact]
    public async Task A_small_refund_is_paid_after_a_look_at_the_rules_and_is_on_record()
    {
        var run = await AskAsync("My notebook of order A-1003 is broken, I want my money back.");

        Assert.StartsWith("I refunded 12.5", (string)run["content"]!);
        Assert.Single(File.ReadAllLines(Ledger));
        Assert.Contains("retrieval knowledge", SpansOf((await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{run["run_id"]}/trace"))!));
        Assert.Equal("desk", (string?)(await AuditAsync("custom.answer", (string)run["run_id"]!))["actor"]);
    }

    [Fact]
    public async Task A_large_refund_waits_for_a_person_also_through_a_crash_and_is_paid_once()
    {
        var runId = await StartRunAsync("My coffee machine of order A-1002 is broken, I want my money back.");
        var approval = await PendingAsync();
        Assert.Equal("refund", (string?)approval["tool_name"]);
        Assert.False(File.Exists(Ledger));

        var servers = OrdersServers();
        Assert.NotEmpty(servers);
        // An app works on when somebody empties its folder, and the next start would find no approval (404).
        Assert.True(File.Exists(Path.Combine(Data, "state.db")), "Something deleted the test's data folder while the app ran: is the temporary folder being cleaned?");
        await _app.KillAsync();
        await EndOfAsync(servers);
        await _app.DisposeAsync();
        _app = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await ResolveAsync(approval, "approved"));
        Assert.Equal(HttpStatusCode.Conflict, await ResolveAsync(approval, "rejected"));

        var run = await EndOfAsync(runId);
        Assert.StartsWith("I refunded 249", (string)run["content"]!);
        Assert.Single(File.ReadAllLines(Ledger));
        await AuditAsync("approval.resolved", (string)approval["run_id"]!);
        Assert.True((bool)(await Http.GetFromJsonAsync<JsonObject>("/api/v1/audit/verify"))!["intact"]!);
    }

    [Fact]
    public async Task R_AP_1_the_run_that_was_started_shows_what_its_member_waits_for()
    {
        using var response = await Http.PostAsJsonAsync(
            "/api/v1/teams/desk/run?wait=60", new { input = "My coffee machine of order A-1002 is broken, I want my money back." });
        var paused = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        var approval = await PendingAsync();

        Assert.Equal((HttpStatusCode.Accepted, "paused"), (response.StatusCode, (string?)paused["status"]));
        Assert.Equal((string?)approval["id"], (string?)Assert.Single(paused["approvals"]!.AsArray()));
        Assert.NotEqual((string?)paused["run_id"], (string?)approval["run_id"]);

        Assert.Equal(HttpStatusCode.OK, await ResolveAsync(approval, "approved"));
        var run = await EndOfAsync((string)paused["run_id"]!);
        Assert.Equal(("completed", null), ((string?)run["status"], run["approvals"]));
    }

    [Fact]
    public async Task A_refund_that_a_person_rejects_is_not_made()
    {
        var runId = await StartRunAsync("My coffee machine of order A-1002 is broken, I want my money back.");
        Assert.Equal(HttpStatusCode.OK, await ResolveAsync(await PendingAsync(), "rejected"));

        Assert.StartsWith("The refund was not made", (string)(await EndOfAsync(runId))["content"]!);
        Assert.False(File.Exists(Ledger));
    }

    private async Task<JsonObject> AskAsync(string input)
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/teams/desk/run", new { input, user_id = "customer-1" });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<string> StartRunAsync(string input)
    {
        using var response = await Http.PostAsJsonAsync("/api/v1/teams/desk/run?wait=0", new { input });
        return (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
    }

    private async Task<HttpStatusCode> ResolveAsync(JsonObject approval, string status)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/approvals/{approval["id"]}/resolve", new { status, resolved_by = "supervisor-1" });
        if (response.StatusCode == HttpStatusCode.NotFound)
            Assert.Fail($"{approval["id"]}: {await response.Content.ReadAsStringAsync()}\nApprovals: {await Http.GetStringAsync("/api/v1/approvals")}\n{_app.Output}");
        return response.StatusCode;
    }

    private Task<JsonObject> PendingAsync() => FirstAsync("/api/v1/approvals?status=pending");

    private Task<JsonObject> AuditAsync(string kind, string runId) => FirstAsync($"/api/v1/audit?kind={kind}&run_id={runId}");

    // What happens beside the run is there a moment later.
    private async Task<JsonObject> FirstAsync(string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var list = (await Http.GetFromJsonAsync<JsonObject>(path, limit.Token))!["data"]!.AsArray();
            if (list.Count > 0)
                return list[0]!.AsObject();
        }
    }

    private async Task<JsonObject> EndOfAsync(string runId)
    {
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume(runId, []), []));
        return (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/runs/{runId}"))!;
    }

    // The MCP servers that the sample started: this program with another argument, as processes of their own.
    private static List<Process> OrdersServers() => [.. Process.GetProcessesByName("dotnet").Where(process =>
    {
        var commandLine = $"/proc/{process.Id}/cmdline";
        return File.Exists(commandLine) && File.ReadAllText(commandLine).Contains($"{_sample}\0orders-server", StringComparison.Ordinal);
    })];

    private static async Task EndOfAsync(List<Process> processes)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        foreach (var process in processes)
        {
            using (process)
                await process.WaitForExitAsync(limit.Token);
        }
    }

    private static List<string> SpansOf(JsonObject trace)
    {
        return [.. trace["tree"]!.AsArray().SelectMany(NamesIn)];

        static IEnumerable<string> NamesIn(JsonNode? node) => node!["children"]!.AsArray().SelectMany(NamesIn).Prepend((string)node["name"]!);
    }

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(
        Data,
        environment: new Dictionary<string, string> { ["SUPPORT_DESK_LEDGER"] = Ledger },
        executable: _sample);
}
