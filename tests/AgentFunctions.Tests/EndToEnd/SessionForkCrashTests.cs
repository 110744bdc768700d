// A fork whose process is killed between two of its copies: the same request completes it.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Local.Storage;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Storage;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class SessionForkCrashTests : IAsyncLifetime
{
    // So many that a kill after the first copy comes long before the last one.
    private const int Turns = 500;

    private readonly TempFolder _folder = new();
    private FakeOpenAI _model = null!;

    private string Data => Path.Combine(_folder.Path, "data");

    public async Task InitializeAsync()
    {
        _model = await FakeOpenAI.StartNewAsync();
        _model.Respond = request =>
        {
            var messages = request.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()).ToList();
            return FakeOpenAI.Answer($"{messages.Count} messages, before the last: {messages[^2]}");
        };
    }

    public async Task DisposeAsync()
    {
        await _model.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_fork_that_was_killed_halfway_is_completed_by_the_same_request_and_is_what_it_would_have_been()
    {
        await SeedAsync(1, Turns);
        int copied;
        await using (var app = await StartAsync())
            copied = await KillWithinForkAsync(app.Http, app.KillAsync);
        await SeedAsync(Turns + 1, Turns + 1); // the original goes on; the fork ends where it did when it was asked for

        await using var restarted = await StartAsync();
        var http = restarted.Http;
        Assert.InRange((int)(await GetAsync(http, "/api/v1/sessions/copy"))["runs"]!, copied, Turns - 1);
        var fork = await ForkAsync(http, HttpStatusCode.Created);
        Assert.Equal(fork.ToJsonString(), (await ForkAsync(http, HttpStatusCode.Created)).ToJsonString());
        await ForkAsync(http, HttpStatusCode.Conflict, messageIndex: 2);

        Assert.Equal((Turns, 2 * Turns), ((int)fork["runs"]!, (int)fork["metadata"]!["forked_from_message_index"]!));
        Assert.Equal(Enumerable.Range(1, Turns).Select(n => $"r{n}"), await OriginsAsync(http));
        Assert.Single((await GetAsync(http, "/api/v1/audit?session_id=long&kind=session.forked"))["data"]!.AsArray());
        using var next = await http.PostAsJsonAsync("/api/v1/agents/echo/run", new { input = "next", session_id = "copy" });
        Assert.Equal($"42 messages, before the last: answer {Turns}", (string?)(await next.Content.ReadFromJsonAsync<JsonObject>())!["content"]);
    }

    [Fact]
    public async Task A_fork_whose_last_run_was_deleted_before_it_was_completed_says_so_and_copies_nothing_else()
    {
        await SeedAsync(1, Turns);
        await using (var app = await StartAsync())
            await KillWithinForkAsync(app.Http, app.KillAsync);
        await SeedAsync(Turns + 1, Turns + 1);
        await WithRunsAsync(runs => runs.DeleteRunAsync($"r{Turns}"));

        await using var restarted = await StartAsync();
        var refused = await ForkAsync(restarted.Http, HttpStatusCode.Conflict);

        Assert.Contains($"Run 'r{Turns}', at which the fork ends, is not in the conversation any more", (string?)refused["error"]!["message"], StringComparison.Ordinal);
        Assert.DoesNotContain($"r{Turns + 1}", await OriginsAsync(restarted.Http));
    }

    // How many copies there were when it was decided to kill.
    private static async Task<int> KillWithinForkAsync(HttpClient http, Func<Task> kill)
    {
        var fork = http.PostAsJsonAsync("/api/v1/sessions/long/fork", new { session_id = "copy" });
        var copied = 0;
        while (copied == 0)
        {
            Assert.False(fork.IsCompleted);
            using var session = await http.GetAsync("/api/v1/sessions/copy");
            if (session.StatusCode == HttpStatusCode.OK)
                copied = (int)(await session.Content.ReadFromJsonAsync<JsonObject>())!["runs"]!;
        }

        await kill();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => fork);
        return copied;
    }

    private static async Task<JsonObject> ForkAsync(HttpClient http, HttpStatusCode status, int? messageIndex = null)
    {
        using var response = await http.PostAsJsonAsync("/api/v1/sessions/long/fork", new { session_id = "copy", message_index = messageIndex });
        Assert.Equal(status, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    // The originals of the copies, earliest turn first.
    private static async Task<List<string>> OriginsAsync(HttpClient http)
    {
        var origins = new List<string>();
        string? cursor = null;
        do
        {
            var page = await GetAsync(http, $"/api/v1/sessions/copy/runs?limit=200&cursor={cursor}");
            origins.AddRange(page["data"]!.AsArray().Select(run => (string)run!["metadata"]!["forked_from_run_id"]!));
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);
        return [.. origins.OrderBy(id => int.Parse(id[1..]))];
    }

    private static async Task<JsonObject> GetAsync(HttpClient http, string path) => (await http.GetFromJsonAsync<JsonObject>(path))!;

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(Data, _folder.Write("agents.yaml", $$"""
        models:
          fake: { provider: openai, base_url: "{{_model.BaseUrl}}", api_key: "test-key", model: fake-model }
        agents:
          - { name: echo, model: fake, prompt: Repeat. }
        """));

    // The app is down meanwhile.
    private Task SeedAsync(int first, int last) => WithRunsAsync(runs => Task.WhenAll(Enumerable.Range(first, last - first + 1).Select(n => runs.CreateAsync(
        Samples.Run($"r{n}") with { SessionId = "long", AgentId = "echo", Status = RunStatus.Completed, SessionPosition = n, FinishedAt = Samples.Start },
        [],
        [Samples.Message("input", $"turn {n}"), new NewMessage("answer", 1, new Message { Role = "assistant", Parts = [MessagePart.OfText($"answer {n}")] }, Samples.Start)]))));

    private async Task WithRunsAsync(Func<SqliteRunStore, Task> work)
    {
        Directory.CreateDirectory(Data);
        await using var database = SqliteDatabase.Open(Path.Combine(Data, "state.db"));
        StateSchema.Apply(database);
        await work(new SqliteRunStore(database));
    }
}
