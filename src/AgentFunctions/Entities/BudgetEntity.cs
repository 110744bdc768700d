// The durable account of a session, or of a user and day, that model calls reserve from.
using AgentFunctions.Budgets;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Entities;

/// <summary>Operations of one account go one at a time, so what is granted is what is left, however many runs ask.</summary>
public sealed class BudgetEntity : TaskEntity<BudgetLedger>
{
    /// <summary>What every entity does by itself: give back its storage.</summary>
    public const string DeleteOperation = "delete";

    /// <summary>How long the account of a user and day is kept: longer than the day, so that whoever asks about yesterday is answered.</summary>
    public const int UserAccountDays = 3;

    /// <summary>The account of a run with members; it goes when the run ends.</summary>
    public static EntityInstanceId OfRun(string runId) => new(nameof(BudgetEntity), $"run:{runId}");

    public static EntityInstanceId OfSession(string sessionId) => new(nameof(BudgetEntity), $"session:{sessionId}");

    /// <param name="userKey">Of <see cref="BudgetTerms.KeyOf"/>.</param>
    public static EntityInstanceId OfUser(string userKey, DateTimeOffset day) => new(nameof(BudgetEntity), $"user:{userKey}:{day.UtcDateTime:yyyy-MM-dd}");

    public BudgetDecision Reserve(BudgetRequest request)
    {
        if (request.DeleteAt is { } at && State.IsNew)
            Context.SignalEntity(Context.Id, DeleteOperation, new SignalEntityOptions { SignalTime = at });
        return State.Reserve(request);
    }

    public void Settle(BudgetSettlement settlement) => State.Settle(settlement);

    [Function(nameof(BudgetEntity))]
    public static Task DispatchAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<BudgetEntity>();

    protected override BudgetLedger InitializeState(TaskEntityOperation entityOperation) => new();
}
