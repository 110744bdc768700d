using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.CrashHost.Host;

/// <summary>The entities. Each keeps a list of all it was told, so that a lost, doubled or swapped operation shows.</summary>
internal static class Entities
{
    public static EntityInstanceId Tally(string key) => new(nameof(Tally), key);

    public static EntityInstanceId Account(string key) => new(nameof(Account), key);

    /// <summary>Told by clients; passes everything on to the mirror of the same key.</summary>
    [Function("Counter")]
    public static Task Counter([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<CounterEntity>();

    /// <summary>Told by counters.</summary>
    [Function("Mirror")]
    public static Task Mirror([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<ListEntity>();

    /// <summary>Told by orchestrations.</summary>
    [Function(nameof(Tally))]
    public static Task TallyOperations([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<ListEntity>();

    [Function(nameof(Account))]
    public static Task AccountOperations([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<AccountEntity>();
}

internal class ListEntity : TaskEntity<List<string>>
{
    public virtual void Append(string item) => State.Add(item);
}

internal sealed class CounterEntity : ListEntity
{
    public override void Append(string item)
    {
        base.Append(item);
        Context.SignalEntity(new EntityInstanceId("Mirror", Context.Id.Key), nameof(Append), item);
    }
}

/// <param name="Run">The instance that books.</param>
/// <param name="Balance">The balance after it, as the instance worked it out.</param>
internal sealed record Booking(string Run, int Amount, int Balance);

internal sealed class AccountState
{
    public int Balance { get; set; }

    public List<Booking> Bookings { get; set; } = [];
}

internal sealed class AccountEntity : TaskEntity<AccountState>
{
    public int Read() => State.Balance;

    public void Write(Booking booking)
    {
        State.Balance = booking.Balance;
        State.Bookings.Add(booking);
    }
}
