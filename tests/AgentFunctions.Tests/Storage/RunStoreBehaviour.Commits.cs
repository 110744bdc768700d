using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Storage;

/// <summary>Finished pieces of work: all or nothing, once.</summary>
public abstract partial class RunStoreBehaviour
{
    private const int FiveMegabytes = 5 * 1024 * 1024;

    [Fact]
    public async Task A_commit_writes_result_messages_events_and_run_also_across_a_restart()
    {
        await CreateAsync(Samples.Run("r1"));
        var outcome = await Runs.CommitAsync(Work("model:1:1", """{"a":1}""", "hi"));
        await ReopenAsync();

        Assert.Equal(new CommitOutcome(true, """{"a":1}"""), outcome);
        Assert.Equal("""{"a":1}""", await Runs.GetResultAsync("r1", "model:1:1"));
        Assert.Equal("hi", Assert.Single(await Runs.GetMessagesAsync("r1")).Message.Text);
        Assert.Equal("hi", Assert.Single(await ReadLogAsync("r1")).Data["text"]!.GetValue<string>());
        Assert.Equal((RunStatus.Running, "hi"), ((await Runs.GetAsync("r1"))!.Status, (await Runs.GetAsync("r1"))!.Content));
    }

    [Fact]
    public async Task The_first_commit_of_a_key_wins_and_a_later_one_changes_nothing()
    {
        await CreateAsync(Samples.Run("r1"));
        await Runs.CommitAsync(Work("tool:1:a", "1", "first"));
        await ReopenAsync();
        var later = await Runs.CommitAsync(Work("tool:1:a", "2", "second"));

        Assert.Equal(new CommitOutcome(false, "1"), later);
        Assert.Equal("1", await Runs.GetResultAsync("r1", "tool:1:a"));
        Assert.Equal("first", Assert.Single(await Runs.GetMessagesAsync("r1")).Message.Text);
        Assert.Single(await ReadLogAsync("r1"));
        Assert.Equal("first", (await Runs.GetAsync("r1"))!.Content);
    }

    [Fact]
    public async Task Of_fifty_commits_of_one_key_at_once_one_wins_and_all_get_its_result()
    {
        await CreateAsync(Samples.Run("r1"));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() => Runs.CommitAsync(Work("tool:1:a", $"{n}", $"text {n}")))));

        var winner = Assert.Single(outcomes, outcome => outcome.Committed);
        Assert.All(outcomes, outcome => Assert.Equal(winner.ResultJson, outcome.ResultJson));
        Assert.Equal($"text {winner.ResultJson}", Assert.Single(await Runs.GetMessagesAsync("r1")).Message.Text);
        Assert.Single(await ReadLogAsync("r1"));
    }

    [Fact]
    public async Task The_first_commit_of_a_key_wins_also_between_two_processes()
    {
        await CreateAsync(Samples.Run("r1"));
        var other = (await OpenAsync()).Runs;
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(n => new[]
        {
            Task.Run(() => Runs.CommitAsync(Work($"tool:1:{n}", "\"here\"", "here"))),
            Task.Run(() => other.CommitAsync(Work($"tool:1:{n}", "\"there\"", "there"))),
        }));

        Assert.Equal(10, outcomes.Count(outcome => outcome.Committed));
        Assert.Equal(10, (await Runs.GetMessagesAsync("r1")).Count);
        AssertDense(await ReadLogAsync("r1"), count: 10);
    }

    [Fact]
    public async Task Fifty_commits_to_one_run_at_once_all_count()
    {
        await CreateAsync(Samples.Run("r1"));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(() => Runs.CommitAsync(CountStep("r1", n) with
        {
            Messages = [Samples.Message($"m{n}", $"{n}")],
            Events = [Samples.Event(RunEventTypes.Token, text: $"{n}")],
        }))));

        Assert.Equal(50, (await Runs.GetAsync("r1"))!.Steps);
        Assert.Equal(50, (await Runs.GetResultsAsync("r1")).Select(result => result.Key).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 50), (await Runs.GetMessagesAsync("r1")).Select(message => message.Position));
        AssertDense(await ReadLogAsync("r1"), count: 50);
    }

    [Fact]
    public async Task Fifty_runs_written_at_once_do_not_mix()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(async () =>
        {
            await CreateAsync(Samples.Run($"r{n}"));
            await Runs.CommitAsync(Work("model:1:1", $"{n}", $"text {n}") with { RunId = $"r{n}" });
        })));

        foreach (var n in Enumerable.Range(0, 50))
        {
            Assert.Equal($"{n}", await Runs.GetResultAsync($"r{n}", "model:1:1"));
            Assert.Equal($"text {n}", Assert.Single(await Runs.GetMessagesAsync($"r{n}")).Message.Text);
            AssertDense(await ReadLogAsync($"r{n}"), count: 1);
        }
    }

    [Fact]
    public async Task A_commit_to_an_unknown_run_is_refused_and_writes_nothing()
    {
        await Assert.ThrowsAsync<KeyNotFoundException>(() => Runs.CommitAsync(Work("model:1:1", "1", "hi")));
        Assert.Null(await Runs.GetResultAsync("r1", "model:1:1"));
        Assert.Empty(await ReadLogAsync("r1"));
    }

    [Fact]
    public async Task A_commit_whose_change_fails_writes_nothing()
    {
        await CreateAsync(Samples.Run("r1"));
        var commit = Work("model:1:1", "1", "hi") with { Change = _ => throw new InvalidOperationException("no") };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Runs.CommitAsync(commit));

        Assert.Null(await Runs.GetResultAsync("r1", "model:1:1"));
        Assert.Empty(await Runs.GetMessagesAsync("r1"));
        Assert.Empty(await ReadLogAsync("r1"));
    }

    [Fact]
    public async Task After_a_terminal_event_only_the_result_of_a_commit_is_kept()
    {
        var run = await CreateAsync(Samples.Run("r1"));
        await FinishAsync(run);
        var late = await Runs.CommitAsync(Work("tool:1:a", "1", "late"));

        Assert.True(late.Committed);
        Assert.Equal("1", await Runs.GetResultAsync("r1", "tool:1:a"));
        Assert.Empty(await Runs.GetMessagesAsync("r1"));
        Assert.Equal(RunEventTypes.Complete, Assert.Single(await ReadLogAsync("r1")).Type);
        Assert.Equal((RunStatus.Completed, null), ((await Runs.GetAsync("r1"))!.Status, (await Runs.GetAsync("r1"))!.Content));
    }

    [Fact]
    public async Task Results_come_in_the_order_of_their_commits()
    {
        await CreateAsync(Samples.Run("r1"));
        string[] keys = ["tool:2:b", "model:10:1", "model:9:1", "a"];
        foreach (var key in keys)
        {
            await Runs.CommitAsync(new RunCommit("r1", key, $"\"{key}\""));
        }
        await ReopenAsync();
        Assert.Equal(keys.Select(key => new RunResult(key, $"\"{key}\"")), await Runs.GetResultsAsync("r1"));
    }

    [Fact]
    public async Task A_message_whose_key_the_run_has_is_dropped()
    {
        await Runs.CreateAsync(Samples.Run("r1"), [], [Samples.Message("input", "first")]);
        await CreateAsync(Samples.Run("r2"));
        await Runs.CommitAsync(new RunCommit("r1", "a", "1") { Messages = [Samples.Message("input", "again"), Samples.Message("b", "b"), Samples.Message("b", "b again")] });
        await Runs.CommitAsync(new RunCommit("r2", "a", "1") { Messages = [Samples.Message("input", "of r2")] });

        Assert.Equal([(1, "first"), (2, "b")], (await Runs.GetMessagesAsync("r1")).Select(m => (m.Position, m.Message.Text)));
        Assert.Equal("of r2", Assert.Single(await Runs.GetMessagesAsync("r2")).Message.Text);
    }

    [Fact]
    public async Task Messages_keep_their_parts_their_text_and_their_time()
    {
        var message = new Message
        {
            Role = "assistant",
            FinishReason = "tool_call",
            Parts =
            [
                new MessagePart { Type = MessagePart.ReasoningType, Content = Samples.Unicode, Signature = "sig==" },
                new MessagePart { Type = MessagePart.ToolCallType, Id = "call_1", Name = "get_weather", Arguments = JsonSerializer.SerializeToElement(new { city = Samples.Unicode }) },
            ],
        };
        var at = Samples.Start.AddTicks(7);
        await Runs.CreateAsync(Samples.Run("r1"), [], [new NewMessage("m", 2, message, at)]);

        var stored = Assert.Single(await Runs.GetMessagesAsync("r1"));
        Assert.Equal((2, at), (stored.Step, stored.CreatedAt));
        Assert.Equal(AgentJson.Serialize(message), AgentJson.Serialize(stored.Message));
    }

    [Fact]
    public async Task A_message_a_tool_result_and_an_event_of_five_megabytes_are_kept_whole()
    {
        var text = Samples.LongText(FiveMegabytes);
        var result = JsonSerializer.Serialize(text[1..]);
        var answer = Message.ToolResult("call_1", JsonSerializer.SerializeToElement(text[2..]));
        await Runs.CreateAsync(Samples.Run("r1"), [], [Samples.Message("input", text)]);
        await Runs.CommitAsync(new RunCommit("r1", "tool:1:a", result)
        {
            Messages = [new NewMessage("answer", 1, answer, Samples.Start)],
            Events = [Samples.Event(RunEventTypes.ToolCall, text: text[3..])],
            Change = row => row with { Content = text[4..] },
        });
        await ReopenAsync();

        var messages = await Runs.GetMessagesAsync("r1");
        Assert.True(messages[0].Message.Text == text);
        Assert.True(messages[1].Message.Parts[0].Response!.Value.GetString() == text[2..]);
        Assert.True(await Runs.GetResultAsync("r1", "tool:1:a") == result);
        Assert.True((await ReadLogAsync("r1"))[0].Data["text"]!.GetValue<string>() == text[3..]);
        Assert.True((await Runs.GetAsync("r1"))!.Content == text[4..]);
    }

    /// <summary>A commit to run r1 that writes one of everything.</summary>
    private static RunCommit Work(string key, string result, string text) => new("r1", key, result)
    {
        Messages = [Samples.Message($"message of {key}", text)],
        Events = [Samples.Event(RunEventTypes.Token, text: text)],
        Change = row => row with { Status = RunStatus.Running, Content = text },
    };

    private static void AssertDense(IEnumerable<RunEvent> events, int count) =>
        Assert.Equal(Enumerable.Range(1, count).Select(n => (long)n), events.Select(e => e.Sequence));
}
