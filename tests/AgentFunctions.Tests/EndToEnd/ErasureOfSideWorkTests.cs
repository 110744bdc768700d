// The right to be forgotten in the durable store: what runs started on the side, and the accounts of sessions and users.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class ErasureOfSideWorkTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeHttpTool? _server;
    private AppProcess? _app;

    private HttpClient Http => _app!.Http;

    private string Data => Path.Combine(_folder.Path, "data");

    public async Task InitializeAsync()
    {
        _server = await FakeHttpTool.StartNewAsync();
        _app = await AppProcess.StartAsync(Data, _folder.Write("agents.yaml", $$"""
            models:
              quick: { provider: scripted, model: quick-script, script: [{ when: "pay", step: 1, call: [{ tool: pay }] }, { say: "You said {input}." }] }
            tools:
              - name: pay
                parameters: {}
                http: { method: POST, url: "{{_server.Address}}/pay" }
                approval: { notify: { url: "{{_server.Address}}/notified" } }
            budgets:
              session: { tokens: 100000 }
              user_per_day: { tokens: 100000 }
            agents:
              - name: clerk
                model: quick
                prompt: Help.
                tools: [pay]
                post_hooks: [{ hook: webhook, name: tell, url: "{{_server.Address}}/tell", background: true, attempts: 9 }]
            """));
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _server!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task R_AP_2_a_deleted_user_leaves_no_hook_no_notice_and_no_account_behind()
    {
        await PayAsync("s-gone", "ann");
        await PayAsync("s-kept", "ben");
        await SettledAsync(hooks: 2, notices: 4);
        await DeleteAsync("users/ann");

        await _app!.KillAsync();
        Assert.Equal((1, 2), (await CountAsync("bg_"), await CountAsync("notice:")));
        var entities = await ReadAsync("SELECT entity_id || ' ' || ifnull(state, '') FROM entities");
        Assert.DoesNotContain(entities, entity => entity.Contains("s-gone", StringComparison.Ordinal));
        Assert.Equal(2, entities.Count(entity => entity.Contains("s-kept ", StringComparison.Ordinal) && !entity.EndsWith(' '))); // its turns, its account
        Assert.Single(entities, entity => entity.Contains("@user:", StringComparison.Ordinal) && !entity.EndsWith(' '));
    }

    [Fact]
    public async Task R_AP_2_a_hook_that_is_tried_again_and_again_ends_with_its_run()
    {
        _server!.Status = (int)HttpStatusCode.ServiceUnavailable;
        using (var answer = await Http.PostAsJsonAsync("/api/v1/agents/clerk/run", new { input = "hello", session_id = "s-gone" }))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await _server.Called("/tell").WaitAsync(EngineHost.Patience);
        await DeleteAsync("sessions/s-gone");

        await _app!.KillAsync();
        Assert.Equal(0, await CountAsync("bg_"));
        Assert.Empty(await ReadAsync("SELECT instance_id FROM inbox WHERE instance_id LIKE 'bg_%' UNION ALL SELECT instance_id FROM instances JOIN history ON instance = number WHERE instance_id LIKE 'bg_%' AND unfinished IS NOT NULL"));
    }

    private async Task PayAsync(string session, string user)
    {
        using var paused = await Http.PostAsJsonAsync("/api/v1/agents/clerk/run", new { input = "pay", session_id = session, user_id = user });
        var run = (await paused.Content.ReadFromJsonAsync<JsonObject>())!;
        using var resolved = await Http.PostAsJsonAsync($"/api/v1/approvals/{Assert.Single(run["approvals"]!.AsArray())}/resolve", new { status = "approved", resolved_by = "ada" });
        Assert.Equal(HttpStatusCode.OK, resolved.StatusCode);
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume((string)run["run_id"]!, []), []));
    }

    private async Task DeleteAsync(string path)
    {
        using var response = await Http.DeleteAsync($"/api/v1/{path}");
        Assert.Equal("completed", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["status"]);
    }

    // What is done on the side is there some time after the run's end.
    private Task SettledAsync(int hooks, int notices) =>
        EngineHost.UntilAsync(async () => (await CountAsync("bg_"), await CountAsync("notice:")) == (hooks, notices));

    private async Task<int> CountAsync(string prefix) => (await ReadAsync($"SELECT instance_id FROM instances WHERE instance_id LIKE '{prefix}%'")).Count;

    private async Task<List<string>> ReadAsync(string sql)
    {
        await using var database = SqliteDatabase.Open(Path.Combine(Data, "state.db"));
        return await database.ReadAsync(connection => connection.QueryOnce(sql, row => row.GetString(0)).ToList());
    }
}
