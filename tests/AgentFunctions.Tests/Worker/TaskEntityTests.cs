using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Worker;

/// <summary>How an entity finds the method of an operation and binds its parameters.</summary>
public sealed class TaskEntityTests
{
    public sealed class Account : TaskEntity<int>
    {
        public int Add(int amount) => State += amount;

        public async Task<string> Describe(TaskEntityContext context, string prefix = "is")
        {
            await Task.Yield();
            State++;
            return $"{context.Id} {prefix} {State}";
        }

        public ValueTask<int> Read() => new(State);

        public void Reset() => State = 0;

        public void TwoInputs(int one, int two) => State = one + two;

        public Task Fail()
        {
            State = 99;
            throw new InvalidOperationException("failed");
        }
    }

    public sealed class Counter
    {
        public int Value { get; set; }

        public int Increment() => ++Value;
    }

    private sealed class CounterEntity : TaskEntity<Counter>
    {
        protected override bool AllowStateDispatch => true;
    }

    private readonly StoredState _state = new();

    private async Task<object?> RunAsync(ITaskEntity entity, string operation, object? input = null) =>
        await entity.RunAsync(new Operation(operation, input, _state));

    [Fact]
    public async Task An_operation_is_the_method_of_its_name_without_case_and_its_state_is_kept()
    {
        Assert.Equal(5, await RunAsync(new Account(), "add", 5));
        Assert.Equal(7, await RunAsync(new Account(), "ADD", 2));
        Assert.Equal(7, await RunAsync(new Account(), "read"));
    }

    [Fact]
    public async Task A_method_may_take_the_context_and_a_default_input_and_be_asynchronous()
    {
        Assert.Equal("@account@a is 1", await RunAsync(new Account(), "describe"));
        Assert.Equal("@account@a was 2", await RunAsync(new Account(), "describe", "was"));
    }

    [Fact]
    public async Task A_method_that_returns_nothing_gives_null()
    {
        await RunAsync(new Account(), "add", 5);
        Assert.Null(await RunAsync(new Account(), "reset"));
        Assert.Equal(0, await RunAsync(new Account(), "read"));
    }

    [Fact]
    public async Task An_operation_may_be_a_method_of_the_state()
    {
        Assert.Equal(1, await RunAsync(new CounterEntity(), "increment"));
        Assert.Equal(2, await RunAsync(new CounterEntity(), "increment"));
    }

    [Fact]
    public async Task Delete_is_there_without_a_method_and_clears_the_state()
    {
        await RunAsync(new Account(), "add", 5);
        await RunAsync(new Account(), "Delete");
        Assert.False(_state.HasState);
    }

    [Fact]
    public async Task A_failed_operation_leaves_the_state_and_throws_its_own_exception()
    {
        await RunAsync(new Account(), "add", 5);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new Account(), "fail"));
        Assert.Equal("failed", failure.Message);
        Assert.Equal(5, await RunAsync(new Account(), "read"));
    }

    [Fact]
    public async Task What_cannot_be_dispatched_says_why()
    {
        var unknown = await Assert.ThrowsAsync<NotSupportedException>(() => RunAsync(new Account(), "withdraw"));
        Assert.Contains("'account/withdraw'", unknown.Message, StringComparison.Ordinal);
        var missing = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new Account(), "add"));
        Assert.Contains("amount", missing.Message, StringComparison.Ordinal);
        var several = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new Account(), "twoinputs", 1));
        Assert.Contains("two", several.Message, StringComparison.Ordinal);
    }

    private sealed class StoredState : TaskEntityState
    {
        private string? _json;

        public override bool HasState => _json is not null;

        public override object? GetState(Type type) => JsonDataConverter.Default.Deserialize(_json, type);

        public override void SetState(object? state) => _json = JsonDataConverter.Default.Serialize(state);
    }

    private sealed class Operation(string name, object? input, TaskEntityState state) : TaskEntityOperation
    {
        public override string Name => name;

        public override TaskEntityContext Context { get; } = new AccountContext();

        public override TaskEntityState State => state;

        public override bool HasInput => input is not null;

        public override object? GetInput(Type inputType) => input;
    }

    private sealed class AccountContext : TaskEntityContext
    {
        public override EntityInstanceId Id => new("Account", "a");

        public override void SignalEntity(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null) =>
            throw new NotSupportedException();

        public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null) =>
            throw new NotSupportedException();
    }
}
