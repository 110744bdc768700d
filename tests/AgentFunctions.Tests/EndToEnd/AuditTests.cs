// The audit log over the running executable: what is put on record, reading it, checking it.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class AuditTests : IAsyncLifetime
{
    private const string Config = """
        models:
          slow: { provider: scripted, model: slow-script, script: [{ say: "one two three four five six", delay_ms: 2000 }] }
        agents:
          - { name: slow, model: slow, prompt: Speak slowly. }
        """;

    private readonly TempFolder _folder = new();
    private AppProcess? _app;
    private string _config = "";

    private HttpClient Http => _app!.Http;

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_AP_2_who_cancelled_a_run_is_on_record_once()
    {
        var run = await Http.PostAsJsonAsync("/api/v1/agents/slow/run?wait=0", new { input = "go", session_id = "s1", user_id = "u1" });
        var id = (string)(await run.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
        for (var n = 0; n < 2; n++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/runs/{id}/cancel?reason=changed+my+mind") { Headers = { { "x-actor", "ann" } } };
            using var response = await Http.SendAsync(request);
        }

        var record = Assert.Single(await ListAsync("kind=run.cancel_requested&run_id=" + id));
        Assert.Equal(("ann", "s1", "u1", "slow", "changed my mind"),
            ((string?)record["actor"], (string?)record["session_id"], (string?)record["user_id"], (string?)record["agent_id"], (string?)record["details"]!["reason"]));
        Assert.True((bool)(await VerifyAsync())["intact"]!);
    }

    [Fact]
    public async Task R_AP_2_a_changed_configuration_is_on_record_and_an_unchanged_one_is_not()
    {
        await RecordedAsync("config.changed", 1);
        await RestartAsync(Config);
        await RestartAsync(Config + "\n  - { name: second, model: slow, prompt: Another. }");
        var records = await RecordedAsync("config.changed", 2);

        Assert.Equal(["second", "slow"], records[0]["details"]!["agents"]!.AsObject().Select(a => a.Key));
        Assert.Equal(["slow"], records[1]["details"]!["agents"]!.AsObject().Select(a => a.Key));
        Assert.NotEqual((string?)records[0]["details"]!["file_sha256"], (string?)records[1]["details"]!["file_sha256"]);
    }

    [Fact]
    public async Task R_AP_2_an_entry_of_your_own_is_kept_over_a_kill_and_a_second_one_with_its_key_is_dropped()
    {
        var entry = new { kind = "custom.refund_checked", run_id = "r1", details = new { amount = 12 }, key = "refund-1" };
        using var first = await Http.PostAsJsonAsync("/api/v1/audit", entry);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        await RestartAsync(Config);
        using var second = await Http.PostAsJsonAsync("/api/v1/audit", entry);

        Assert.Equal(12, (int)Assert.Single(await ListAsync("kind=custom.*"))["details"]!["amount"]!);
    }

    [Theory]
    [InlineData("""{"kind":"approval.resolved"}""", "custom.")]
    [InlineData("""{"kind":"custom."}""", "custom.")]
    [InlineData("""{}""", "custom.")]
    [InlineData("""{"kind":"custom.a","detail":{}}""", "detail")]
    [InlineData("""{"kind":"custom.a","details":[]}""", "details")]
    [InlineData("""[]""", "object")]
    public async Task An_entry_that_cannot_be_taken_is_a_400_that_says_why(string body, string word)
    {
        using var response = await Http.PostAsync("/api/v1/audit", new StringContent(body, null, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(word, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task R_AP_2_a_file_that_somebody_edited_does_not_verify()
    {
        await RecordedAsync("config.changed", 1);
        for (var n = 0; n < 3; n++)
            (await Http.PostAsJsonAsync("/api/v1/audit", new { kind = "custom.counted", details = new { n } })).Dispose();
        var anchor = (await VerifyAsync())["head"]!;
        await _app!.KillAsync();
        await using (var database = SqliteDatabase.Open(Path.Combine(_folder.Path, "data", "audit.db")))
        {
            await database.WriteAsync(connection =>
            {
                connection.ExecuteScript("DROP TRIGGER audit_is_never_changed");
                connection.Execute("UPDATE audit SET details = '{\"n\":9}' WHERE kind = 'custom.counted' AND details = '{\"n\":1}'");
            });
        }

        var (exit, output) = await AppProcess.RunToEndAsync(["audit", "verify", "--data", Path.Combine(_folder.Path, "data"), "--config", _config]);
        Assert.Equal(1, exit);
        Assert.Contains($"broken at record {(long)anchor["sequence"]! - 1}", output, StringComparison.Ordinal);
        (exit, output) = await AppProcess.RunToEndAsync(["audit", "list", "--kind", "custom.*", "--data", Path.Combine(_folder.Path, "data"), "--config", _config]);
        Assert.Equal(0, exit);
        Assert.Contains("custom.counted", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_anchor_that_does_not_hold_is_told()
    {
        (await Http.PostAsJsonAsync("/api/v1/audit", new { kind = "custom.a" })).Dispose();
        var head = (await VerifyAsync())["head"]!;
        Assert.True((bool)(await VerifyAsync($"?sequence={head["sequence"]}&hash={head["hash"]}"))["intact"]!);
        Assert.False((bool)(await VerifyAsync($"?sequence=99&hash={head["hash"]}"))["intact"]!);
        using var half = await Http.GetAsync("/api/v1/audit/verify?sequence=1");
        Assert.Equal(HttpStatusCode.BadRequest, half.StatusCode);
    }

    private Task<AppProcess> StartAsync(string config = Config)
    {
        _config = _folder.Write("agents.yaml", config);
        return AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _config);
    }

    private async Task RestartAsync(string config)
    {
        await RecordedAsync("config.changed", 1);
        await _app!.KillAsync();
        await _app.DisposeAsync();
        _app = await StartAsync(config);
    }

    private async Task<List<JsonNode>> ListAsync(string query) =>
        [.. (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/audit?{query}"))!["data"]!.AsArray().Select(r => r!)];

    private async Task<JsonObject> VerifyAsync(string query = "") => (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/audit/verify{query}"))!;

    // What the app notes by itself at start comes a moment after it is ready.
    private async Task<List<JsonNode>> RecordedAsync(string kind, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        List<JsonNode> records;
        do
        {
            limit.Token.ThrowIfCancellationRequested();
            records = await ListAsync($"kind={kind}");
        }
        while (records.Count < count);
        Assert.Equal(count, records.Count);
        return records;
    }
}
