using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Tests.Semantics;

/// <summary>What most tests of the suite do to an engine.</summary>
internal static class EngineHostExtensions
{
    /// <summary>Starts an orchestration and gives its id, without waiting for anything.</summary>
    public static Task<string> BeginAsync(this EngineHost host, string name, object? input = null, string? instanceId = null) =>
        host.Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(instanceId));

    public static async Task<OrchestrationRuntimeStatus> StatusAsync(this EngineHost host, string instanceId) =>
        (await host.Client.GetInstanceAsync(instanceId))!.RuntimeStatus;

    public static Task UntilStatusAsync(this EngineHost host, string instanceId, OrchestrationRuntimeStatus status) =>
        EngineHost.UntilAsync(async () => (await host.Client.GetInstanceAsync(instanceId))?.RuntimeStatus == status);

    /// <summary>Kills the engine as it stands and starts it again on what it left; activities under way are delivered again.</summary>
    public static Task CrashAsync(this EngineHost host)
    {
        host.CrashHere();
        return host.RestartFromCrashAsync(host.Functions);
    }

    public static async Task<IReadOnlyList<HistoryRecord>> HistoryAsync(this EngineHost host, string instanceId) =>
        (await host.History.GetHistoryAsync(instanceId, includeOutputs: true, CancellationToken.None))!;

    public static async Task<List<string>> EventTypesAsync(this EngineHost host, string instanceId) =>
        [.. from item in await host.HistoryAsync(instanceId) select item.EventType];

    /// <summary>Waits for the instance's next timer, moves the clock to it, and says how long it was.</summary>
    /// <param name="earlier">How many timers the instance made before.</param>
    public static async Task<TimeSpan> PassTimerAsync(this EngineHost host, string instanceId, int earlier)
    {
        await host.UntilHistoryHasAsync(instanceId, "TimerCreated", earlier + 1);
        var timer = (await host.HistoryAsync(instanceId)).Where(item => item.EventType == "TimerCreated").ElementAt(earlier);
        var wait = timer.FireAt!.Value - host.Time.GetUtcNow().UtcDateTime;
        host.Time.Advance(wait);
        return wait;
    }
}
