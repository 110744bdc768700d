// What the entity adds to the rules of an account: the account of a day goes when nobody needs it any more.
using AgentFunctions.Budgets;
using AgentFunctions.Entities;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Budgets;

public sealed class BudgetEntityTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly Account _account = new();

    [Fact]
    public async Task The_account_of_a_day_is_told_once_to_delete_itself_later()
    {
        await ReserveAsync("a", _now.AddDays(3));
        await ReserveAsync("b", _now.AddDays(4));

        Assert.Equal([("delete", _now.AddDays(3))], _account.Signals);
    }

    [Fact]
    public async Task The_account_of_a_session_stays()
    {
        await ReserveAsync("a", null);

        Assert.Empty(_account.Signals);
    }

    [Fact]
    public void Accounts_of_sessions_users_and_days_are_told_apart()
    {
        var user = BudgetTerms.KeyOf("Ada \u2603/#?");

        Assert.Equal("session:s1", BudgetEntity.OfSession("s1").Key);
        Assert.Equal($"user:{user}:2026-01-02", BudgetEntity.OfUser(user, _now).Key);
        Assert.Matches("^[0-9a-f]{32}$", user);
    }

    private async Task ReserveAsync(string id, DateTimeOffset? deleteAt) =>
        await new BudgetEntity().RunAsync(new Operation(
            new BudgetRequest(id, new BudgetAmount(1, 0), new BudgetLimits(Tokens: 100), _now) { DeleteAt = deleteAt }, _account));

    private sealed class Operation(BudgetRequest input, Account account) : TaskEntityOperation
    {
        public override string Name => "reserve";

        public override TaskEntityContext Context => account;

        public override TaskEntityState State => account.State;

        public override bool HasInput => true;

        public override object? GetInput(Type inputType) => input;
    }

    private sealed class Account : TaskEntityContext
    {
        public List<(string Operation, DateTimeOffset? At)> Signals { get; } = [];

        public StoredState State { get; } = new();

        public override EntityInstanceId Id => new("BudgetEntity", "user:x:2026-01-02");

        public override void SignalEntity(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null) =>
            Signals.Add((operationName, options?.SignalTime));

        public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null) =>
            throw new NotSupportedException();
    }

    private sealed class StoredState : TaskEntityState
    {
        private object? _state;

        public override bool HasState => _state is not null;

        public override object? GetState(Type type) => _state;

        public override void SetState(object? state) => _state = state;
    }
}
