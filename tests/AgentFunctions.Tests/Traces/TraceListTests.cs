// The list of traces over its two parts: runs in progress, then what is stored.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Traces;

public sealed class TraceListTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private readonly RunServices _services;

    public TraceListTests() => _services = new RunServices(_time);

    private TraceList List => _services.Get<TraceList>();

    public async Task InitializeAsync()
    {
        await _services.Get<ITraceStore>().UpsertAsync([SpanSamples.Root(trace: 1, run: "done-1"), SpanSamples.Root(trace: 2, millisecond: 1000, run: "done-2")]);
        foreach (var id in new[] { "live-1", "live-2", "live-3" })
            await BeginAsync(id);
    }

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Theory]
    [InlineData(1, "live-3|live-2|live-1|done-2|done-1")]
    [InlineData(2, "live-3 live-2|live-1 done-2|done-1")]
    [InlineData(3, "live-3 live-2 live-1|done-2 done-1")]
    [InlineData(5, "live-3 live-2 live-1 done-2 done-1")]
    public async Task Pages_go_on_from_runs_in_progress_to_stored_traces(int limit, string pages) => Assert.Equal(pages, await PagesAsync(limit));

    [Fact]
    public async Task Runs_in_progress_are_filtered_like_stored_traces()
    {
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["live-2"], await IdsAsync(new TraceQuery { RunId = "live-2" }));
        Assert.Equal(["live-1"], await IdsAsync(new TraceQuery { UserId = "live-1" }));
        Assert.Equal(["live-3", "live-2", "live-1"], await IdsAsync(new TraceQuery { MinDuration = TimeSpan.FromMinutes(1) }));
        Assert.Equal(["live-3", "live-2", "live-1"], await IdsAsync(new TraceQuery { Name = "invoke_agent greeter" }));
        Assert.Equal(["live-3"], await IdsAsync(new TraceQuery { Filter = new Filter.Compare(FilterOperator.Eq, "session_id", "session of live-3") }));
        Assert.Equal(["live-3", "live-2", "live-1"], await IdsAsync(new TraceQuery { Status = "running" }));
        Assert.Empty(await IdsAsync(new TraceQuery { Status = "running", From = _time.GetUtcNow() }));
        Assert.Empty(await IdsAsync(new TraceQuery { AgentId = "greeter", TeamId = "t" }));
    }

    [Theory]
    [InlineData(1, "live-3|live-1|live-2|done-2|done-1")]
    [InlineData(2, "live-3 live-1|live-2 done-2|done-1")]
    [InlineData(3, "live-3 live-1 live-2|done-2 done-1")]
    [InlineData(4, "live-3 live-1 live-2 done-2|done-1")]
    public async Task Runs_that_wait_for_a_person_come_after_those_in_progress(int limit, string pages)
    {
        await PauseAsync("live-2");
        Assert.Equal(pages, await PagesAsync(limit));
    }

    [Fact]
    public async Task A_run_that_waits_for_a_person_is_listed_once_and_as_paused_also_when_some_of_its_spans_are_stored()
    {
        await PauseAsync("live-2");
        var stored = SpanSamples.ToolCall(trace: 3, span: 9) with { TraceId = RunTrace.Create("live-2", null).TraceIdHex, RunId = "live-2" };
        await _services.Get<ITraceStore>().UpsertAsync([stored]);

        var paused = Assert.Single((await List.ListAsync(new TraceQuery { Status = "paused" }, CancellationToken.None)).Items);
        Assert.Equal(("live-2", "paused"), (paused.RunId, paused.Status));
        Assert.Equal(["live-2"], await IdsAsync(new TraceQuery { Filter = new Filter.Compare(FilterOperator.Eq, "status", "paused") }));
        Assert.Equal(["live-3", "live-1"], await IdsAsync(new TraceQuery { Status = "running" }));
        Assert.Equal(["live-2"], await IdsAsync(new TraceQuery { RunId = "live-2" }));
        Assert.Empty(await IdsAsync(new TraceQuery { RunId = "live-1", Status = "paused" }));
        Assert.Equal("paused", (await _services.Get<TraceReader>().FindAsync(paused.TraceId, CancellationToken.None))!.Tree().Status);
    }

    [Theory]
    [InlineData("paused.", "running")]
    [InlineData("run.", "paused")]
    [InlineData("nonsense", null)]
    public async Task A_cursor_of_another_list_is_refused(string cursor, string? status) =>
        await Assert.ThrowsAsync<FormatException>(() => List.ListAsync(new TraceQuery { Cursor = cursor, Status = status }, CancellationToken.None));

    [Fact]
    public async Task A_model_call_that_was_begun_has_its_own_start()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        var run = await _services.Runs.RequireAsync("live-1", CancellationToken.None);

        var live = await _services.Get<LiveRuns>().ReadAsync(run, CancellationToken.None);

        var chat = live.Spans.Single(s => s.Type == GenAiAttributes.ModelKind);
        Assert.Contains(chat.SpanId, live.Running);
        Assert.Equal(run.CreatedAt.AddMilliseconds(500), chat.StartTime);
        Assert.Equal(_time.GetUtcNow(), chat.EndTime);
    }

    // The ids of each page, from the first to the last.
    private async Task<string> PagesAsync(int limit)
    {
        var seen = new List<string>();
        ListPage<TraceSummary>? page = null;
        do
        {
            page = await List.ListAsync(new TraceQuery { Limit = limit, Cursor = page?.NextCursor }, CancellationToken.None);
            if (page.Items.Count > 0)
                seen.Add(string.Join(' ', page.Items.Select(t => t.RunId)));
        }
        while (page.NextCursor is not null);

        return string.Join('|', seen);
    }

    private Task PauseAsync(string id) => _services.Runs.CommitAsync(new RunCommit(id, "asked", "{}") { Change = run => run.WithApprovals(["a1"]) });

    private async Task<IEnumerable<string?>> IdsAsync(TraceQuery query) => (await List.ListAsync(query, CancellationToken.None)).Items.Select(t => t.RunId);

    // A run as it is while its first model call is under way.
    private async Task BeginAsync(string id)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var now = _time.GetUtcNow();
        _services.Get<IAgentCatalog>().TryGet("greeter", out var agent);
        var run = Samples.Run(id) with { AgentId = "greeter", DefinitionHash = agent!.Hash, UserId = id, TraceId = RunTrace.Create(id, null).TraceIdHex, CreatedAt = now };
        await _services.Runs.CreateAsync(run, [], []);
        var step = new ModelStep(id, Step: 1, Attempt: 1, SessionPosition: 1);
        await _services.Runs.CommitAsync(new RunCommit(id, step.BegunKey, AgentJson.Serialize(new WorkBegun(now.AddMilliseconds(500))))
        {
            Change = r => r with { Status = RunStatus.Running, StartedAt = now },
        });
    }
}
