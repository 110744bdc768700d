using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// An entity that writes down what is done to it: <c>add</c> appends its input, <c>get</c> gives all entries, <c>hold</c> appends
/// and then lasts until the test lets it go, <c>fail</c> appends, signals, starts and then throws.
/// </summary>
internal sealed class Journal
{
    public static readonly EntityInstanceId A = new("Journal", "a");
    public static readonly EntityInstanceId B = new("Journal", "b");

    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    /// <summary>How many operations of <see cref="A"/> ran at the same time, at most.</summary>
    public int MostAtOnce { get; private set; }

    public void LetGo() => _letGo.TrySetResult();

    public async ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        if (operation.Context.Id == A)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _running));
        }
        try
        {
            return await ApplyAsync(operation);
        }
        finally
        {
            if (operation.Context.Id == A)
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }

    private async Task<object?> ApplyAsync(TaskEntityOperation operation)
    {
        var entries = operation.State.GetState<List<string>>() ?? [];
        if (operation.Name is "add" or "hold" or "fail")
        {
            entries.Add(operation.GetInput<string>()!);
            operation.State.SetState(entries);
        }
        if (operation.Name == "hold")
        {
            await _letGo.Task;
        }
        if (operation.Name == "fail")
        {
            operation.Context.SignalEntity(B, "add", "of a failed operation");
            operation.Context.ScheduleNewOrchestration("Started", null, new("of a failed operation"));
            throw new InvalidOperationException("the operation failed");
        }
        return operation.Name == "get" ? string.Join(' ', entries) : null;
    }
}

internal static class JournalHost
{
    public static EngineHost With(this EngineHost host, Journal journal) => host.Entity("journal", journal.RunAsync);

    public static Task SignalAsync(this EngineHost host, EntityInstanceId id, string operation, string? input = null, DateTimeOffset? at = null) =>
        host.Client.Entities.SignalEntityAsync(id, operation, input, new SignalEntityOptions { SignalTime = at });

    /// <summary>Waits until the entity has as many entries as the text has words, and gives them.</summary>
    public static async Task<string> EntriesAsync(this EngineHost host, EntityInstanceId id, int count)
    {
        var entries = "";
        await EngineHost.UntilAsync(async () =>
        {
            entries = string.Join(' ', (await host.Client.Entities.GetEntityAsync<List<string>>(id))?.State ?? []);
            return entries.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length >= count;
        });
        return entries;
    }
}
