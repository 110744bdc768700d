using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Storage;

/// <summary>Creating, reading and cancelling runs.</summary>
public abstract partial class RunStoreBehaviour
{
    [Fact]
    public async Task A_run_is_read_back_as_it_was_written_also_after_a_restart()
    {
        var run = FullRun();
        await CreateAsync(run);
        await ReopenAsync();
        Assert.Equal(AgentJson.Serialize(run), AgentJson.Serialize(await Runs.GetAsync(run.RunId)));
    }

    [Fact]
    public async Task A_run_is_created_with_its_first_events_and_messages()
    {
        var creation = await Runs.CreateAsync(Samples.Run("r1"), [Samples.Event(RunEventTypes.RunStart)], [Samples.Message("input", "hello", step: 0)]);

        Assert.True(creation.Created);
        var started = Assert.Single(await ReadLogAsync("r1"));
        Assert.Equal(("r1", 1, RunEventTypes.RunStart), (started.RunId, started.Sequence, started.Type));
        var message = Assert.Single(await Runs.GetMessagesAsync("r1"));
        Assert.Equal(("r1", 1, 0, "hello"), (message.RunId, message.Position, message.Step, message.Message.Text));
    }

    [Fact]
    public async Task Creating_a_run_again_changes_nothing_and_returns_the_first()
    {
        await Runs.CreateAsync(Samples.Run("r1"), [Samples.Event(RunEventTypes.RunStart)], [Samples.Message("input", "first")]);
        var again = await Runs.CreateAsync(
            Samples.Run("r1") with { Input = "other", SessionId = "other" }, [Samples.Event(RunEventTypes.RunStart)], [Samples.Message("more", "second")]);

        Assert.False(again.Created);
        Assert.Equal("How is the weather?", again.Run.Input);
        Assert.Equal("How is the weather?", (await Runs.GetAsync("r1"))!.Input);
        Assert.Single(await ReadLogAsync("r1"));
        Assert.Equal("first", Assert.Single(await Runs.GetMessagesAsync("r1")).Message.Text);
        Assert.Null(await Sessions.GetAsync("other"));
    }

    [Fact]
    public async Task Of_fifty_creations_of_one_run_at_once_one_creates_it()
    {
        var creations = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() =>
            Runs.CreateAsync(Samples.Run("r1") with { Input = $"input {n}" }, [Samples.Event(RunEventTypes.RunStart)], []))));

        var winner = Assert.Single(creations, creation => creation.Created);
        Assert.All(creations, creation => Assert.Equal(winner.Run.Input, creation.Run.Input));
        Assert.Single(await ReadLogAsync("r1"));
    }

    [Fact]
    public async Task What_was_never_written_is_null_or_empty()
    {
        Assert.Null(await Runs.GetAsync("none"));
        Assert.Null(await Runs.GetResultAsync("none", "model:1:1"));
        Assert.Empty(await Runs.GetResultsAsync("none"));
        Assert.Empty(await ReadLogAsync("none"));
        Assert.Empty(await Runs.GetMessagesAsync("none"));
        Assert.Empty(await Runs.GetSessionMessagesAsync("none", beforePosition: 5, limit: 5));
        Assert.Null(await Runs.RequestCancelAsync("none", "why", Samples.Start));
        Assert.Null(await Sessions.GetAsync("none"));
    }

    [Fact]
    public async Task A_cancel_request_is_noted_once()
    {
        await CreateAsync(Samples.Run("r1"));
        var first = await Runs.RequestCancelAsync("r1", "too slow", Samples.Start.AddMinutes(1));
        var second = await Runs.RequestCancelAsync("r1", "changed my mind", Samples.Start.AddMinutes(2));

        Assert.Equal((Samples.Start.AddMinutes(1), "too slow"), (first!.CancelRequestedAt, first.CancelReason));
        Assert.Equal((Samples.Start.AddMinutes(1), "too slow"), (second!.CancelRequestedAt, second.CancelReason));
        Assert.Equal("too slow", (await Runs.GetAsync("r1"))!.CancelReason);
    }

    [Fact]
    public async Task A_finished_run_cannot_be_cancelled_any_more()
    {
        var run = await CreateAsync(Samples.Run("r1"));
        await FinishAsync(run);
        var answer = await Runs.RequestCancelAsync("r1", "too late", Samples.Start);

        Assert.Equal(RunStatus.Completed, answer!.Status);
        Assert.Null(answer.CancelRequestedAt);
        Assert.Null((await Runs.GetAsync("r1"))!.CancelRequestedAt);
    }

    [Fact]
    public async Task A_cancel_request_amid_commits_is_not_lost_and_loses_none_of_them()
    {
        await CreateAsync(Samples.Run("r1"));
        var commits = Enumerable.Range(0, 20).Select(n => Task.Run(async () => { await Runs.CommitAsync(CountStep("r1", n)); }));
        var cancel = Task.Run(async () => { await Runs.RequestCancelAsync("r1", "stop", Samples.Start); });
        await Task.WhenAll([.. commits, cancel]);

        var run = (await Runs.GetAsync("r1"))!;
        Assert.Equal((20, "stop"), (run.Steps, run.CancelReason));
    }

    private static RunCommit CountStep(string runId, int n) =>
        new(runId, $"tool:1:{n}", $"{n}") { Change = row => row with { Steps = row.Steps + 1 } };

    private static RunRecord FullRun() => Samples.Run("r1") with
    {
        UserId = "user ß",
        ParentRunId = "r0",
        Input = Samples.Unicode,
        Metadata = new JsonObject { ["nested"] = new JsonObject { ["list"] = new JsonArray(1, "two", null) } },
        Budget = new RunBudget(Tokens: 10, CostUsd: 0.0000001m, Seconds: 1.5),
        Status = RunStatus.Error,
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        Export = false,
        RequestHash = "c0ffee",
        SessionPosition = 3,
        Content = Samples.Unicode,
        Steps = 4,
        TerminationReason = "error",
        Usage = new RunUsage(1_000_000_000_000, 2, 3, 4) { CacheWriteTokens = 5 },
        CostUsd = 1234567.000000000000123m,
        Error = new RunError(RunErrorCodes.ApiError, "it broke", new JsonObject { ["status"] = 500 }),
        CreatedAt = Samples.Start.AddTicks(1),
        StartedAt = Samples.Start.AddTicks(2),
        FinishedAt = Samples.Start.AddTicks(3),
        CancelRequestedAt = Samples.Start.AddTicks(4),
        CancelReason = "why not",
    };
}
