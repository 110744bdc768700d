// The probes of the running executable, with what it needs taken away.
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Metrics;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tests.Health;

public sealed class HealthOverHttpTests
{
    private const string Agents = """
        models:
          quick: { provider: scripted, model: quick-script, script: [{ say: "Hello." }] }
        agents:
          - { name: greeter, model: quick, prompt: Greet. }
        teams:
          - { name: greeters, mode: broadcast, members: [greeter] }
        workflows:
          - { name: greeting, steps: [{ id: greet, agent: greeter }] }
        """;

    [Fact]
    public async Task A_host_with_all_it_needs_is_alive_and_ready_and_says_what_it_checked()
    {
        await using var scene = await Scene.StartAsync(Agents);

        var (live, ready) = (await scene.GetAsync("/healthz"), await scene.GetAsync("/readyz"));

        Assert.Equal((HttpStatusCode.OK, "healthy"), (live.Status, (string?)live.Body["status"]));
        Assert.Equal((HttpStatusCode.OK, "healthy"), (ready.Status, (string?)ready.Body["status"]));
        Assert.True((double)ready.Body["uptime"]! > 0);
        Assert.NotNull(ready.Body["timestamp"]);
        Assert.NotNull(ready.Body["version"]);
        var checks = ready.Body["checks"]!.AsObject();
        Assert.Equal(["data_folder", "durable", "models", "span_queue", "state_store", "trace_store"], checks.Select(c => c.Key).Order());
        Assert.All(checks, check => Assert.All(
            new[] { "status", "message", "last_checked", "duration" }, field => Assert.NotNull(check.Value![field])));
    }

    [Fact]
    public async Task The_banner_tells_agents_teams_and_workflows_apart()
    {
        await using var scene = await Scene.StartAsync(Agents);

        var lines = scene.App.Output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains("agents       greeter (scripted/quick-script)", lines);
        Assert.Contains("teams        greeters", lines);
        Assert.Contains("workflows    greeting", lines);
    }

    [Fact]
    public async Task Who_asks_for_text_gets_one_word()
    {
        await using var scene = await Scene.StartAsync(Agents);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        request.Headers.Add("Accept", "text/plain");
        using var ready = new HttpRequestMessage(HttpMethod.Get, "/readyz");
        ready.Headers.Add("Accept", "text/plain");

        Assert.Equal("ok", await (await scene.App.Http.SendAsync(request)).Content.ReadAsStringAsync());
        Assert.Equal("ready", await (await scene.App.Http.SendAsync(ready)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_state_store_that_takes_no_writes_makes_it_not_ready_until_it_does_again()
    {
        await using var scene = await Scene.StartAsync(Agents);
        using (var other = scene.Open("state.db"))
        {
            Execute(other, "BEGIN IMMEDIATE");
            var (status, body) = await scene.GetAsync("/readyz");

            Assert.Equal((HttpStatusCode.ServiceUnavailable, "unhealthy"), (status, (string?)body["status"]));
            Assert.Equal("unhealthy", (string?)body["checks"]!["state_store"]!["status"]);
            Assert.Equal(HttpStatusCode.OK, (await scene.GetAsync("/healthz")).Status);
            Execute(other, "ROLLBACK");
        }

        await EngineHost.UntilAsync(async () => (await scene.GetAsync("/readyz")).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_trace_store_that_cannot_be_read_only_degrades_it()
    {
        await using var scene = await Scene.StartAsync(Agents);
        using (var other = scene.Open("traces.db"))
            Execute(other, "DROP TABLE spans");

        var (status, body) = await scene.GetAsync("/readyz");

        Assert.Equal((HttpStatusCode.OK, "degraded"), (status, (string?)body["status"]));
        Assert.Equal("degraded", (string?)body["checks"]!["trace_store"]!["status"]);
    }

    [Fact]
    public async Task A_database_file_that_somebody_deleted_makes_it_not_ready()
    {
        await using var scene = await Scene.StartAsync(Agents);
        File.Delete(Path.Combine(scene.Data, "state.db"));

        var (status, body) = await scene.GetAsync("/readyz");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("state.db is gone", (string?)body["checks"]!["data_folder"]!["message"]);
    }

    [Fact]
    public async Task While_it_drains_it_is_not_ready_at_once_and_the_request_in_flight_still_ends()
    {
        await using var scene = await Scene.StartAsync(Agents);
        const string Body = """{"input":"hi"}""";
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, scene.App.Http.BaseAddress!.Port);
        var wire = slow.GetStream();
        await wire.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/agents/greeter/run HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body[..5]}"));
        await EngineHost.UntilAsync(async () =>
            MetricsText.Parse(await scene.App.Http.GetStringAsync("/metrics")).Sum("http_server_active_requests", ("http_request_method", "POST")) == 1);

        scene.App.Signal("TERM");
        await EngineHost.UntilAsync(async () => (await scene.GetAsync("/readyz")).Status == HttpStatusCode.ServiceUnavailable);
        // New callers are told so too, again and again, instead of being refused.
        for (var probe = 0; probe < 50; probe++)
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await NewCallerAsync(scene.App.Http.BaseAddress));
        await wire.WriteAsync(Encoding.ASCII.GetBytes(Body[5..]));
        var answer = await new StreamReader(wire).ReadToEndAsync().WaitAsync(EngineHost.Patience);

        Assert.StartsWith("HTTP/1.1 202", answer);
        await scene.App.WaitForExitAsync();
    }

    private static async Task<HttpStatusCode> NewCallerAsync(Uri address)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(address, "/readyz"));
        return response.StatusCode;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class Scene(AppProcess app, TempFolder folder) : IAsyncDisposable
    {
        public AppProcess App => app;

        public string Data => Path.Combine(folder.Path, "data");

        public static async Task<Scene> StartAsync(string agents)
        {
            var folder = new TempFolder();
            return new Scene(await AppProcess.StartAsync(Path.Combine(folder.Path, "data"), folder.Write("agents.yaml", agents)), folder);
        }

        public async Task<(HttpStatusCode Status, JsonObject Body)> GetAsync(string path)
        {
            using var response = await app.Http.GetAsync(path);
            return (response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>())!);
        }

        public SqliteConnection Open(string file)
        {
            var connection = new SqliteConnection($"Data Source={Path.Combine(Data, file)};Pooling=False");
            connection.Open();
            return connection;
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            folder.Dispose();
        }
    }
}
