using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// What an orchestrator throws. From the documentation of Durable Functions, "Error handling", and TaskFailureDetails of
/// microsoft/durabletask-dotnet.
/// </summary>
public class OrchestratorFailureTests : SemanticsTests
{
    public static TheoryData<string, string, string> Exceptions => new()
    {
        { "at once", "System.FormatException", "bad" },
        { "after an await", "System.FormatException", "bad" },
        { "own type", "AgentFunctions.Tests.Semantics.OrchestratorFailureTests+OutOfPearsException", "no pears" },
        { "cancelled", "System.Threading.Tasks.TaskCanceledException", "A task was canceled." },
        { "first of many", "System.FormatException", "bad" },
        { "many", "System.AggregateException", "One or more errors occurred. (bad) (disk)" },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task What_the_code_throws_fails_the_orchestration_with_its_type_and_message(string kind, string type, string message)
    {
        await using var host = await Host()
            .Activity<string>("Nothing", _ => null)
            .Orchestrator("Throw", Throw)
            .StartAsync();

        var end = await host.RunAsync("Throw", kind);

        Assert.Equal((OrchestrationRuntimeStatus.Failed, type, message), (end.RuntimeStatus, end.FailureDetails!.ErrorType, end.FailureDetails.ErrorMessage));
        Assert.Null(end.SerializedOutput);
    }

    [Fact]
    public async Task An_activity_that_is_cancelled_by_itself_has_failed()
    {
        await using var host = await Host()
            .AsyncActivity<string>("Cancel", _ => Task.FromCanceled<object?>(new CancellationToken(canceled: true)))
            .Orchestrator("Call", async context =>
            {
                try
                {
                    return await context.CallActivityAsync<string>("Cancel", "x");
                }
                catch (TaskFailedException e)
                {
                    return e.FailureDetails.ErrorType;
                }
            })
            .StartAsync();

        Assert.Equal(typeof(TaskCanceledException).FullName, (await host.RunAsync("Call")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_failure_says_which_call_failed_and_calls_are_numbered_from_zero_in_their_order()
    {
        await using var host = await Host()
            .Activity<string>("Fail", new Func<string, object?>(_ => throw new FormatException("bad")))
            .Activity<string>("Nothing", _ => null)
            .Orchestrator("Call", async context =>
            {
                await context.CallActivityAsync("Nothing", "x");
                try
                {
                    return await context.CallActivityAsync<string>("Fail", "x");
                }
                catch (TaskFailedException e)
                {
                    return $"{e.TaskName} {e.TaskId}: {e.Message}";
                }
            })
            .StartAsync();

        Assert.Equal("Fail 1: Task 'Fail' (#1) failed with an unhandled exception: bad", (await host.RunAsync("Call")).ReadOutputAs<string>());
    }

    public sealed class OutOfPearsException() : Exception("no pears");

    private static Task<int> Throw(TaskOrchestrationContext context) => context.GetInput<string>() switch
    {
        "at once" => throw new FormatException("bad"),
        "after an await" => ThrowLaterAsync(context),
        "own type" => throw new OutOfPearsException(),
        "cancelled" => Task.FromCanceled<int>(new CancellationToken(canceled: true)),
        "first of many" => FirstOfManyAsync(),
        _ => throw new AggregateException(new FormatException("bad"), new IOException("disk")),
    };

    private static async Task<int> ThrowLaterAsync(TaskOrchestrationContext context)
    {
        await context.CallActivityAsync("Nothing", "x");
        throw new FormatException("bad");
    }

    private static async Task<int> FirstOfManyAsync()
    {
        await Task.WhenAll(Task.FromException(new FormatException("bad")), Task.FromException(new IOException("disk")));
        return 0;
    }
}
