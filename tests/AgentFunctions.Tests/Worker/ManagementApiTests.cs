using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.Engine;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Worker;

/// <summary>The durable management API over HTTP.</summary>
public sealed class ManagementApiTests : IAsyncLifetime, IDisposable
{
    public static class Samples
    {
        [Function("Shout")]
        public static Task<string> Shout([OrchestrationTrigger] TaskOrchestrationContext context, string? text = null) =>
            context.CallActivityAsync<string>("Upper", text ?? "nothing");

        [Function("Upper")]
        public static string Upper([ActivityTrigger] string text) =>
            text == "fail" ? throw new InvalidOperationException("no upper case") : text.ToUpperInvariant();

        [Function("Wait")]
        public static async Task<string> Wait([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            context.SetCustomStatus(new { waiting = true });
            return await context.WaitForExternalEvent<string>("go");
        }

        [Function("Counter")]
        public static Task Counter([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<CounterEntity>();
    }

    public sealed class CounterEntity : TaskEntity<int>
    {
        public void Add(int amount) => State += amount;
    }

    private const string Base = "/runtime/webhooks/durabletask";

    private readonly TemporaryFolder _folder = new();
    private FunctionsHost _host = null!;

    private DurableTaskClient Client => _host.Services.GetRequiredService<DurableTaskClient>();

    public async Task InitializeAsync()
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Services.AddSingleton(_ => SqliteDatabase.Open(_folder.File("state.db")));
        _host = await FunctionsHost.StartAsync(builder);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_start_answers_202_with_links_that_work()
    {
        using var started = await PostAsync("/orchestrators/Shout/one", "\"hello\"");
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var links = await JsonOf(started);
        Assert.Equal("one", links.GetProperty("id").GetString());
        Assert.Equal(links.GetProperty("statusQueryGetUri").GetString(), started.Headers.Location!.ToString());
        await EndOf("one");

        var (status, instance) = await GetAsync(links.GetProperty("statusQueryGetUri").GetString()!);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            ["name", "instanceId", "runtimeStatus", "input", "customStatus", "output", "createdTime", "lastUpdatedTime"],
            instance.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("Shout", "Completed"), (Text(instance, "name"), Text(instance, "runtimeStatus")));
        Assert.Equal(("hello", "HELLO"), (Text(instance, "input"), Text(instance, "output")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", Text(instance, "createdTime"));
    }

    [Fact]
    public async Task A_start_with_a_timeout_answers_with_the_output_or_else_with_the_links()
    {
        using var done = await PostAsync("/orchestrators/Shout?timeout=20", "\"hello\"");
        Assert.Equal((HttpStatusCode.OK, "\"HELLO\""), (done.StatusCode, await done.Content.ReadAsStringAsync()));
        using var waiting = await PostAsync("/orchestrators/Wait?timeout=0.1");
        Assert.Equal(HttpStatusCode.Accepted, waiting.StatusCode);
    }

    [Fact]
    public async Task An_instance_that_runs_answers_202_with_its_location_and_custom_status()
    {
        await WaitingAsync("w");
        using var response = await _host.Client.GetAsync($"{Base}/instances/w?showInput=false");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.EndsWith("/instances/w?showInput=false", response.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
        var instance = await JsonOf(response);
        Assert.Equal("Running", Text(instance, "runtimeStatus"));
        Assert.True(instance.GetProperty("customStatus").GetProperty("waiting").GetBoolean());
    }

    [Fact]
    public async Task A_failed_instance_is_200_or_500_as_asked_and_says_why()
    {
        using var started = await PostAsync("/orchestrators/Shout/bad", "\"fail\"");
        await EndOf("bad");
        var (status, instance) = await GetAsync("/instances/bad");
        Assert.Equal((HttpStatusCode.OK, "Failed"), (status, Text(instance, "runtimeStatus")));
        Assert.Contains("no upper case", Text(instance, "output"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, (await GetAsync("/instances/bad?returnInternalServerErrorOnFailure=true")).Status);
    }

    [Fact]
    public async Task The_history_shows_each_call_once_and_outputs_only_when_asked()
    {
        using var started = await PostAsync("/orchestrators/Shout/h", "\"hello\"");
        await EndOf("h");
        var (_, instance) = await GetAsync("/instances/h?showHistory=true&showHistoryOutput=true");
        var events = instance.GetProperty("historyEvents").EnumerateArray().ToList();
        Assert.Equal(["ExecutionStarted", "TaskCompleted", "ExecutionCompleted"], events.Select(item => Text(item, "EventType")));
        Assert.Equal(("Upper", "HELLO"), (Text(events[1], "FunctionName"), Text(events[1], "Result")));
        Assert.True(events[1].TryGetProperty("ScheduledTime", out _));
        Assert.False(events[1].TryGetProperty("EventId", out _));

        var (_, bare) = await GetAsync("/instances/h?showHistory=true&showInput=false");
        Assert.All(bare.GetProperty("historyEvents").EnumerateArray(), item =>
        {
            Assert.False(item.TryGetProperty("Result", out _));
            Assert.False(item.TryGetProperty("Input", out _));
        });
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged_by_a_header()
    {
        foreach (var id in new[] { "a-1", "a-2", "a-3", "b-1" })
            await WaitingAsync(id);
        var ids = new List<string?>();
        string? token = null;
        var pages = 0;
        do
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{Base}/instances?instanceIdPrefix=a-&runtimeStatus=Running,Pending&top=2");
            if (token is not null)
                request.Headers.Add("x-ms-continuation-token", token);
            using var response = await _host.Client.SendAsync(request);
            ids.AddRange((await JsonOf(response)).EnumerateArray().Select(instance => Text(instance, "instanceId")));
            token = response.Headers.TryGetValues("x-ms-continuation-token", out var tokens) ? tokens.Single() : null;
            pages++;
        }
        while (!string.IsNullOrEmpty(token));
        Assert.Equal(["a-1", "a-2", "a-3"], ids.Order());
        Assert.Equal(2, pages);
        Assert.Empty((await GetAsync("/instances?runtimeStatus=Failed")).Json.EnumerateArray());
        Assert.Empty((await GetAsync("/instances?createdTimeFrom=2999-01-01T00:00:00Z")).Json.EnumerateArray());
    }

    [Fact]
    public async Task An_event_with_a_JSON_body_reaches_the_instance()
    {
        await WaitingAsync("e");
        using var raised = await PostAsync("/instances/e/raiseEvent/go", "\"gone\"");
        Assert.Equal(HttpStatusCode.Accepted, raised.StatusCode);
        Assert.Equal("gone", (await EndOf("e")).ReadOutputAs<string>());
    }

    [Theory]
    [InlineData("raiseEvent/go")]
    [InlineData("terminate?reason=enough")]
    [InlineData("suspend")]
    [InlineData("resume")]
    public async Task A_command_to_an_unknown_instance_is_404_and_to_an_ended_one_410(string command)
    {
        using var started = await PostAsync("/orchestrators/Shout/ended", "\"x\"");
        await EndOf("ended");
        using var unknown = await PostAsync($"/instances/unknown/{command}", "1");
        using var ended = await PostAsync($"/instances/ended/{command}", "1");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.Gone), (unknown.StatusCode, ended.StatusCode));
    }

    [Fact]
    public async Task Suspend_resume_and_terminate_do_what_they_say()
    {
        await WaitingAsync("s");
        using var suspended = await PostAsync("/instances/s/suspend?reason=pause");
        await UntilAsync("s", OrchestrationRuntimeStatus.Suspended);
        using var resumed = await PostAsync("/instances/s/resume");
        await UntilAsync("s", OrchestrationRuntimeStatus.Running);
        using var terminated = await PostAsync("/instances/s/terminate?reason=enough");
        var end = await EndOf("s");
        Assert.Equal((OrchestrationRuntimeStatus.Terminated, "enough"), (end.RuntimeStatus, end.ReadOutputAs<string>()));
        Assert.All([suspended, resumed, terminated], response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));
    }

    [Fact]
    public async Task A_restart_runs_the_same_input_under_a_new_id()
    {
        using var started = await PostAsync("/orchestrators/Shout/r", "\"again\"");
        await EndOf("r");
        using var restarted = await PostAsync("/instances/r/restart");
        var id = Text(await JsonOf(restarted), "id")!;
        Assert.NotEqual("r", id);
        Assert.Equal("AGAIN", (await EndOf(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_rewind_is_for_failed_instances()
    {
        using var started = await PostAsync("/orchestrators/Shout/bad", "\"fail\"");
        Assert.EndsWith("/instances/bad/rewind?reason={text}", Text(await JsonOf(started), "rewindPostUri")!, StringComparison.Ordinal);
        await EndOf("bad");
        using var rewound = await PostAsync("/instances/bad/rewind?reason=again");
        await EndOf("bad");
        var (_, instance) = await GetAsync("/instances/bad?showHistory=true");
        Assert.Contains(instance.GetProperty("historyEvents").EnumerateArray(), item => Text(item, "EventType") == "ExecutionRewound" && Text(item, "Reason") == "again");

        using var unknown = await PostAsync("/instances/unknown/rewind");
        await WaitingAsync("running");
        using var running = await PostAsync("/instances/running/rewind");
        using var done = await PostAsync("/orchestrators/Shout/done?timeout=20", "\"x\"");
        using var ended = await PostAsync("/instances/done/rewind");
        Assert.Equal(
            [HttpStatusCode.Accepted, HttpStatusCode.NotFound, HttpStatusCode.Conflict, HttpStatusCode.Gone],
            [rewound.StatusCode, unknown.StatusCode, running.StatusCode, ended.StatusCode]);
    }

    [Fact]
    public async Task Purging_deletes_what_has_ended_and_says_how_many()
    {
        using var started = await PostAsync("/orchestrators/Shout/p", "\"x\"");
        await EndOf("p");
        Assert.Equal((HttpStatusCode.OK, """{"instancesDeleted":1}"""), await DeleteAsync("/instances/p"));
        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync("/instances/p")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await DeleteAsync("/instances")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync("/instances?createdTimeFrom=2000-01-01T00:00:00Z")).Status);
        using var another = await PostAsync("/orchestrators/Shout/q", "\"x\"");
        await EndOf("q");
        Assert.Equal(
            (HttpStatusCode.OK, """{"instancesDeleted":1}"""),
            await DeleteAsync("/instances?createdTimeFrom=2000-01-01T00:00:00Z&runtimeStatus=Completed"));
    }

    [Fact]
    public async Task Entities_are_signalled_read_and_listed()
    {
        using var signalled = await PostAsync("/entities/Counter/a?op=add", "5");
        Assert.Equal(HttpStatusCode.Accepted, signalled.StatusCode);
        await EventuallyAsync(async () => (await GetAsync("/entities/counter/a")) is { Status: HttpStatusCode.OK } read && read.Json.GetInt32() == 5);
        var listed = Assert.Single((await GetAsync("/entities/Counter?fetchState=true")).Json.EnumerateArray());
        Assert.Equal(("counter", "a", 5), (
            Text(listed.GetProperty("entityId"), "name"), Text(listed.GetProperty("entityId"), "key"), listed.GetProperty("state").GetInt32()));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/entities/Counter/b")).Status);
    }

    [Fact]
    public async Task What_is_wrong_with_a_request_is_answered_with_the_reason()
    {
        await WaitingAsync("taken");
        using var unknown = await PostAsync("/orchestrators/Nobody");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        Assert.Contains("There are: Shout, Wait.", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var notJson = await PostAsync("/orchestrators/Shout", "{");
        Assert.Equal(HttpStatusCode.BadRequest, notJson.StatusCode);
        using var conflict = await PostAsync("/orchestrators/Wait/taken");
        Assert.Equal(HttpStatusCode.Conflict, conflict.StatusCode);
        using var wrongMethod = await _host.Client.PutAsync($"{Base}/instances/taken", content: null);
        Assert.Equal(HttpStatusCode.NotFound, wrongMethod.StatusCode);
        using var plain = await _host.Client.PostAsync($"{Base}/instances/taken/raiseEvent/go", new StringContent("x"));
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string? json = null) =>
        _host.Client.PostAsync($"{Base}{path}", json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));

    private async Task<(HttpStatusCode Status, JsonElement Json)> GetAsync(string path)
    {
        using var response = await _host.Client.GetAsync(path.StartsWith("http", StringComparison.Ordinal) ? path : $"{Base}{path}");
        return (response.StatusCode, response.Content.Headers.ContentType is null ? default : await JsonOf(response));
    }

    private async Task<(HttpStatusCode Status, string Body)> DeleteAsync(string path)
    {
        using var response = await _host.Client.DeleteAsync($"{Base}{path}");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task WaitingAsync(string id)
    {
        using var started = await PostAsync($"/orchestrators/Wait/{id}");
        await UntilAsync(id, OrchestrationRuntimeStatus.Running);
    }

    private Task<OrchestrationMetadata> EndOf(string id) =>
        Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true).WaitAsync(FunctionsHost.Patience);

    private Task UntilAsync(string id, OrchestrationRuntimeStatus status) =>
        EventuallyAsync(async () => (await Client.GetInstanceAsync(id))?.RuntimeStatus == status);

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(FunctionsHost.Patience);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static Task<JsonElement> JsonOf(HttpResponseMessage response) => response.Content.ReadFromJsonAsync<JsonElement>();

    private static string? Text(JsonElement json, string property) => json.GetProperty(property).GetString();
}
