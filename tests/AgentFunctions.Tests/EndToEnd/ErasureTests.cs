// The right to be forgotten over the running executable: what goes, what stays, and that a kill only delays it.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Audit;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ErasureTests : IAsyncLifetime
{
    private const string Marker = "xylophone";

    private const string Config = """
        models:
          quick: { provider: scripted, model: quick-script, script: [{ when: "weather of (?<city>.+)", step: 1, call: [{ tool: get_weather, arguments: { city: "{city}" } }] }, { say: "You said {input}." }] }
          slow: { provider: scripted, model: slow-script, script: [{ say: "one two three four five six seven eight nine", delay_ms: 3000 }] }
        agents:
          - { name: echo, model: quick, prompt: Repeat., tools: [get_weather] }
          - { name: slow, model: slow, prompt: Speak slowly. }
        """;

    private readonly TempFolder _folder = new();
    private AppProcess? _app;

    private HttpClient Http => _app!.Http;

    private string Data => Path.Combine(_folder.Path, "data");

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_AP_2_a_deleted_session_is_nowhere_any_more_and_the_proof_has_no_content()
    {
        await RunAsync("echo", $"weather of {Marker}", "s-gone", "ann");
        var run = await RunAsync("echo", $"I am {Marker}", "s-gone", "ann");
        await RunAsync("echo", "keep me", "s-kept", "ann");
        var deleted = await DeleteAsync("sessions/s-gone", "dora");

        Assert.Equal((HttpStatusCode.OK, "completed", 2, 1, 6), (deleted.Status, (string?)deleted.Body["status"], (int)deleted.Body["runs"]!, (int)deleted.Body["sessions"]!, (int)deleted.Body["messages"]!));
        Assert.True((int)deleted.Body["spans"]! >= 6);
        foreach (var path in new[] { "sessions/s-gone", $"runs/{run["run_id"]}", $"runs/{run["run_id"]}/events", $"traces/{run["trace_id"]}" })
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(path));
        Assert.Equal(["keep me"], (await ListAsync("runs?user_id=ann")).Select(r => ((string)r["content"]!)[9..^1]));
        Assert.Single(await ListAsync("traces?user_id=ann"));

        var proof = Assert.Single(await ListAsync("audit?kind=session.deleted"));
        Assert.Equal(("dora", AuditChain.Fingerprint("s-gone"), 2), ((string?)proof["actor"], (string?)proof["details"]!["subject_sha256"], (int)proof["details"]!["runs"]!));
        Assert.DoesNotContain("s-gone", proof.ToJsonString(), StringComparison.Ordinal);
        await AssertNowhereAsync(Marker, "keep me");
    }

    [Fact]
    public async Task A_deleted_user_is_nowhere_any_more_also_in_sessions_shared_with_others()
    {
        await RunAsync("echo", $"{Marker} alone", "s-own", "ann");
        await RunAsync("echo", $"{Marker} shared", "s-shared", "ann");
        await RunAsync("echo", "keep me", "s-shared", "ben");
        var deleted = await DeleteAsync("users/ann");

        Assert.Equal(("completed", 2, 1), ((string?)deleted.Body["status"], (int)deleted.Body["runs"]!, (int)deleted.Body["sessions"]!));
        Assert.Empty(await ListAsync("runs?user_id=ann"));
        Assert.Equal(["s-shared"], (await ListAsync("sessions")).Select(s => (string?)s["session_id"]));
        Assert.Single(await ListAsync("runs?session_id=s-shared"));
        var again = await DeleteAsync("users/ann");
        Assert.Equal(("completed", 0), ((string?)again.Body["status"], (int)again.Body["runs"]!));
        await AssertNowhereAsync(Marker, "keep me");
    }

    [Fact]
    public async Task A_deleted_run_leaves_the_rest_of_its_session()
    {
        var first = await RunAsync("echo", $"{Marker}", "s1", "ann");
        await RunAsync("echo", "keep me", "s1", "ann");
        Assert.Equal("completed", (string?)(await DeleteAsync($"runs/{first["run_id"]}")).Body["status"]);

        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync($"runs/{first["run_id"]}")).Status);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("sessions/s1"));
        Assert.Single(await ListAsync("runs?session_id=s1"));
    }

    [Fact]
    public async Task While_a_run_is_unfinished_it_is_409_and_with_force_the_run_is_cancelled_first()
    {
        using var started = await Http.PostAsJsonAsync("/api/v1/agents/slow/run?wait=0", new { input = Marker, session_id = "s1", user_id = "ann" });
        var id = (string)(await started.Content.ReadFromJsonAsync<JsonObject>())!["run_id"]!;
        foreach (var path in new[] { "sessions/s1", "users/ann", $"runs/{id}" })
        {
            var refused = await DeleteAsync(path);
            Assert.Equal((HttpStatusCode.Conflict, "run_unfinished"), (refused.Status, (string?)refused.Body["error"]!["code"]));
        }

        var forced = await DeleteAsync("sessions/s1?force=true");
        Assert.Equal(("completed", 1, 1), ((string?)forced.Body["status"], (int)forced.Body["runs"]!, (int)forced.Body["sessions"]!));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"runs/{id}"));
        await AssertNowhereAsync(Marker, null);
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync("sessions/none")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync("runs/none")).Status);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("operations/forget_none"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("operations/run_1"));
    }

    [Fact]
    public async Task R_AP_2_kills_while_a_user_is_deleted_only_delay_it_and_the_proof_counts_each_run_once()
    {
        const int Runs = 80;
        await Task.WhenAll(Enumerable.Range(0, Runs).Select(n => RunAsync("echo", $"{Marker} {n}", $"s{n}", "ann")));
        await RunAsync("echo", "keep me", "s-kept", "ben");
        var accepted = await DeleteAsync("users/ann?wait=0");
        Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
        var operation = (string)accepted.Body["operation_id"]!;
        foreach (var left in new[] { Runs - 1, Runs / 2, 5 })
        {
            await UntilAsync(async () => (await ListAsync("runs?user_id=ann&limit=200")).Count <= left);
            await _app!.KillAsync();
            await _app.DisposeAsync();
            _app = await StartAsync();
        }

        await UntilAsync(async () => (string?)(await Http.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{operation}"))!["status"] == "completed");
        var result = (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/operations/{operation}"))!;
        Assert.Equal((Runs, Runs, 2 * Runs), ((int)result["runs"]!, (int)result["sessions"]!, (int)result["messages"]!));
        var proof = Assert.Single(await ListAsync("audit?kind=user.deleted"));
        Assert.Equal((string?)result["run_ids_sha256"], (string?)proof["details"]!["run_ids_sha256"]);
        Assert.Single(await ListAsync("sessions"));
        await AssertNowhereAsync(Marker, "keep me");
    }

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(Data, _folder.Write("agents.yaml", Config));

    private async Task<JsonObject> RunAsync(string agent, string input, string session, string user)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input, session_id = session, user_id = user });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<(HttpStatusCode Status, JsonObject Body)> DeleteAsync(string path, string? actor = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/{path}");
        if (actor is not null)
            request.Headers.Add("x-actor", actor);
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var response = await Http.GetAsync($"/api/v1/{path}");
        return response.StatusCode;
    }

    private async Task<List<JsonObject>> ListAsync(string path) =>
        [.. (await Http.GetFromJsonAsync<JsonObject>($"/api/v1/{path}"))!["data"]!.AsArray().Select(r => r!.AsObject())];

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
            limit.Token.ThrowIfCancellationRequested();
    }

    // Every value of every table of every file, the durable history included.
    private async Task AssertNowhereAsync(string gone, string? kept)
    {
        await _app!.KillAsync();
        var rows = new List<string>();
        foreach (var file in new[] { "state.db", "traces.db", "audit.db" })
        {
            await using var database = SqliteDatabase.Open(Path.Combine(Data, file));
            rows.AddRange(await database.ReadAsync(connection => connection
                .QueryOnce("SELECT name FROM sqlite_master WHERE type = 'table'", row => row.GetString(0))
                .SelectMany(table => connection.QueryOnce($"SELECT * FROM \"{table}\"", row => $"{file} {table}: {string.Join('|', Enumerable.Range(0, row.FieldCount).Select(n => Text(row.GetValue(n))))}"))
                .ToList()));
        }

        Assert.DoesNotContain(rows, row => row.Contains(gone, StringComparison.OrdinalIgnoreCase));
        if (kept is not null)
            Assert.Contains(rows, row => row.Contains(kept, StringComparison.Ordinal));
    }

    private static string Text(object value) => value is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : $"{value}";
}
