// Stopping the process while functions run that do not care: the grace period ends them, and a second signal at once.
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Faults;

public sealed class StopTests : IDisposable
{
    private static readonly string _executable = AppProcess.Built("tests", "AgentFunctions.Tests.FaultHost");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Functions_that_ignore_the_stop_do_not_hold_the_exit_beyond_the_grace_period_and_are_taken_up_again()
    {
        await using (var app = await StartAsync(graceSeconds: 1))
        {
            await BeginAsync(app, "CallDeaf", "Deaf");
            await BeginAsync(app, "Loop", "Loop");

            Assert.Equal(0, await app.TerminateAsync());
        }

        await using var next = await StartAsync(graceSeconds: 1);
        await RunsAsync(next, "Deaf");
        await RunsAsync(next, "Loop");
    }

    [Fact]
    public async Task A_second_signal_ends_the_process_at_once()
    {
        await using var app = await StartAsync(graceSeconds: 3600);
        await BeginAsync(app, "CallDeaf", "Deaf");
        app.Signal("TERM");
        await EngineHost.UntilAsync(async () => !await AnswersAsync(app)); // the stop has begun, and waits for the activity

        Assert.Equal(128 + 15, await app.TerminateAsync());
    }

    private Task<AppProcess> StartAsync(int graceSeconds) => AppProcess.StartAsync(
        _folder.Path,
        environment: new Dictionary<string, string> { ["DOTNET_SHUTDOWNTIMEOUTSECONDS"] = $"{graceSeconds}" },
        executable: _executable);

    private static async Task BeginAsync(AppProcess app, string orchestrator, string function)
    {
        using var response = await app.Http.PostAsync($"/runtime/webhooks/durabletask/orchestrators/{orchestrator}", content: null);
        response.EnsureSuccessStatusCode();
        await RunsAsync(app, function);
    }

    private static Task RunsAsync(AppProcess app, string function) =>
        EngineHost.UntilAsync(() => Task.FromResult(app.Output.Contains($"{function} runs", StringComparison.Ordinal)));

    private static async Task<bool> AnswersAsync(AppProcess app)
    {
        try
        {
            return (await app.Http.GetAsync("/readyz")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
