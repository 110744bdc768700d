using System.Collections.Concurrent;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// Automatic retries. From the documentation of Durable Functions, "Error handling", from RetryInterceptor of Azure/durabletask
/// and from RetryPolicy and InvokeWithCustomRetryHandler in microsoft/durabletask-dotnet. There the last failure is followed by
/// one more timer in the history, which fires at once and is kept for old histories only; here it is not.
/// </summary>
public class RetryTests : SemanticsTests
{
    private int _attempts;

    [Theory]
    [InlineData(2.0, 60, "10 20 40 60")]
    [InlineData(1.0, 60, "10 10 10 10")]
    [InlineData(10.0, null, "10 100 1000 3600")]
    [InlineData(10.0, -1, "10 100 1000 10000")]
    public async Task The_intervals_grow_by_the_coefficient_up_to_the_longest_which_is_an_hour_unless_given(
        double coefficient, int? longest, string expected)
    {
        TimeSpan? limit = longest is { } seconds ? seconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds) : null;
        await using var host = await Failing(new RetryPolicy(5, TimeSpan.FromSeconds(10), coefficient, limit)).StartAsync();
        var id = await host.BeginAsync("Retry");
        var waits = new List<double>();
        for (var timer = 0; timer < 4; timer++)
            waits.Add((await host.PassTimerAsync(id, timer)).TotalSeconds);

        Assert.Equal(expected, string.Join(' ', waits));
        Assert.Equal("attempt 5", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task After_the_total_time_no_other_attempt_is_begun()
    {
        await using var host = await Failing(new RetryPolicy(100, TimeSpan.FromSeconds(10), retryTimeout: TimeSpan.FromSeconds(25))).StartAsync();
        var id = await host.BeginAsync("Retry");
        for (var timer = 0; timer < 3; timer++)
            await host.PassTimerAsync(id, timer);

        // Attempts at 0, 10, 20 and 30 seconds: at 20 there was time left, and the next interval may end after it.
        Assert.Equal("attempt 4", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_retry_goes_on_after_a_restart()
    {
        await using var host = await Failing(new RetryPolicy(2, TimeSpan.FromMinutes(1))).StartAsync();
        var id = await host.BeginAsync("Retry");
        await host.UntilHistoryHasAsync(id, "TimerCreated");
        await host.RestartAsync();
        host.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("attempt 2", (await host.EndOfAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task HandleFailure_decides_by_type_and_inner_failure_and_is_not_asked_after_the_last_attempt()
    {
        var asked = new ConcurrentQueue<string>();
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(10))
        {
            HandleFailure = failure =>
            {
                asked.Enqueue($"{failure.ErrorMessage} {failure.IsCausedBy<IOException>()} {failure.InnerFailure!.ErrorMessage}");
                return true;
            },
        };
        await using var host = await Failing(policy).StartAsync();
        var id = await host.BeginAsync("Retry");
        await host.PassTimerAsync(id, 0);
        await host.PassTimerAsync(id, 1);

        Assert.Equal("attempt 3", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(["attempt 1 True cause 1", "attempt 2 True cause 2"], asked.Distinct());
    }

    [Fact]
    public async Task HandleFailure_that_says_no_ends_the_retries()
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(10)) { HandleFailure = failure => failure.IsCausedBy<FormatException>() };
        await using var host = await Failing(policy).StartAsync();

        Assert.Equal("attempt 1", (await host.RunAsync("Retry")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task HandleFailure_that_throws_ends_the_retries_with_the_failure_itself()
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(10)) { HandleFailure = _ => throw new InvalidOperationException("a bug of its own") };
        await using var host = await Failing(policy).StartAsync();

        Assert.Equal("attempt 1", (await host.RunAsync("Retry")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_handler_sees_attempt_failure_and_total_time_and_may_wait_on_a_timer()
    {
        var seen = new ConcurrentQueue<string>();
        await using var host = await Failing(TaskRetryOptions.FromRetryHandler(async retry =>
        {
            seen.Enqueue($"{retry.LastAttemptNumber} {retry.LastFailure.ErrorMessage} {retry.TotalRetryTime.TotalMinutes}");
            await retry.OrchestrationContext.CreateTimer(TimeSpan.FromMinutes(1), retry.CancellationToken);
            return retry.LastAttemptNumber < 2;
        })).StartAsync();
        var id = await host.BeginAsync("Retry");
        await host.PassTimerAsync(id, 0);
        await host.PassTimerAsync(id, 1);

        Assert.Equal("attempt 2", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(["1 attempt 1 0", "2 attempt 2 1"], seen.Distinct());
    }

    [Fact]
    public async Task What_a_handler_throws_comes_out_of_the_call()
    {
        await using var host = await Failing(TaskRetryOptions.FromRetryHandler(new RetryHandler(_ => throw new FormatException("handler")))).StartAsync();

        Assert.Equal("handler", (await host.RunAsync("Retry")).FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_not_tried_again()
    {
        await using var host = await Host()
            .Orchestrator<string>("Typo", async context => await context.CallActivityAsync<string>("Nobody", options: Always))
            .Orchestrator<string>("SubTypo", async context => await context.CallSubOrchestratorAsync<string>("Nobody", options: Always))
            .StartAsync();

        Assert.Contains("no activity function named 'Nobody'", (await host.RunAsync("Typo")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("no orchestrator function named 'Nobody'", (await host.RunAsync("SubTypo")).FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sub_orchestration_is_tried_again_under_the_same_instance_id()
    {
        var ids = new List<string>();
        await using var host = await Host()
            .Activity<string>("Try", child =>
            {
                ids.Add(child);
                return ids.Count < 3 ? throw new IOException("again") : "done";
            })
            .Orchestrator("Child", context => context.CallActivityAsync<string>("Try", context.InstanceId))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>(
                "Child", options: TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromMinutes(1)))))
            .StartAsync();
        var id = await host.BeginAsync("Parent");
        await host.PassTimerAsync(id, 0);
        await host.PassTimerAsync(id, 1);

        Assert.Equal("done", (await host.EndOfAsync(id)).ReadOutputAs<string>());
        Assert.Equal(3, ids.Count);
        Assert.Single(ids.Distinct());
    }

    private static TaskOptions Always => TaskOptions.FromRetryHandler(_ => true);

    /// <summary>An orchestrator that calls an activity which always fails, and returns the message of the failure it sees.</summary>
    private EngineHost Failing(TaskRetryOptions retry) => Host()
        .Activity<string>("Fail", new Func<string, object?>(_ =>
            throw new IOException($"attempt {++_attempts}", new FormatException($"cause {_attempts}"))))
        .Orchestrator("Retry", async context =>
        {
            try
            {
                return await context.CallActivityAsync<string>("Fail", options: new TaskOptions(retry));
            }
            catch (TaskFailedException e)
            {
                return e.FailureDetails.ErrorMessage;
            }
        });
}
