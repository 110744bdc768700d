using AgentFunctions.Tests.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// An entity's state from the first operation to deletion: the remarks on TaskEntity of Microsoft.DurableTask.Abstractions and the
/// worker's TaskEntityShim.
/// </summary>
public class EntityStateTests : SemanticsTests
{
    public sealed record Account(string Owner, decimal Balance, IReadOnlyList<string> Notes)
    {
        public Account()
            : this("nobody", 0, [])
        {
        }
    }

    public sealed class AccountEntity : TaskEntity<Account>
    {
        public Account Rename(string owner) => State = State with { Owner = owner };

        public void Note(string note) => State = State with { Notes = [.. State.Notes, note] };

        public void Forget() => State = null!;

        public Account Get() => State;
    }

    public sealed class NumberEntity : TaskEntity<int?>
    {
        public int? Set(int? number) => State = number;

        public int? Get() => State;
    }

    public sealed class CounterEntity : TaskEntity<int>
    {
        public int Reset() => State = 0;
    }

    private static readonly EntityInstanceId _account = new("Account", "x");
    private static readonly EntityInstanceId _number = new("Number", "x");
    private static readonly EntityInstanceId _counter = new("Counter", "x");

    private async Task<EngineHost> StartAsync() =>
        await Host()
            .Entity("account", operation => new AccountEntity().RunAsync(operation))
            .Entity("number", operation => new NumberEntity().RunAsync(operation))
            .Entity("counter", operation => new CounterEntity().RunAsync(operation))
            .Orchestrator("Ask", async context =>
                await context.Entities.CallEntityAsync<object?>(context.GetInput<EntityInstanceId>(), "get"))
            .StartAsync();

    private static async Task UntilGoneAsync(EngineHost host, EntityInstanceId id) =>
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(id) is null);

    [Fact]
    public async Task A_record_is_kept_whole_over_operations_and_a_restart()
    {
        await using var host = await StartAsync();
        await host.SignalAsync(_account, "rename", "Ada");
        await host.SignalAsync(_account, "note", "one");
        await host.SignalAsync(_account, "note", "two");
        await EngineHost.UntilAsync(async () => (await host.Client.Entities.GetEntityAsync<Account>(_account))?.State.Notes.Count == 2);

        await host.RestartAsync();

        var state = (await host.Client.Entities.GetEntityAsync<Account>(_account))!.State;
        Assert.Equal(("Ada", 0m), (state.Owner, state.Balance));
        Assert.Equal(["one", "two"], state.Notes);
    }

    [Fact]
    public async Task An_entity_that_was_never_used_does_not_exist_and_its_first_operation_finds_the_initial_state()
    {
        await using var host = await StartAsync();
        Assert.Null(await host.Client.Entities.GetEntityAsync(_account));

        await host.SignalAsync(_account, "note", "first");

        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(_account) is not null);
        Assert.Equal("nobody", (await host.Client.Entities.GetEntityAsync<Account>(_account))!.State.Owner);
    }

    [Fact]
    public async Task A_state_of_null_deletes_the_entity_and_the_next_operation_begins_anew()
    {
        await using var host = await StartAsync();
        await host.SignalAsync(_account, "rename", "Ada");
        await host.SignalAsync(_account, "forget");
        await UntilGoneAsync(host, _account);

        Assert.Equal("nobody", (await host.RunAsync("Ask", _account)).ReadOutputAs<Account>()!.Owner);
    }

    [Fact]
    public async Task The_operation_delete_deletes_an_entity_that_has_no_method_of_that_name()
    {
        await using var host = await StartAsync();
        await host.SignalAsync(_account, "rename", "Ada");
        await host.SignalAsync(_account, "DELETE");
        await UntilGoneAsync(host, _account);
    }

    [Fact]
    public async Task The_default_of_a_value_type_is_a_state_and_only_null_deletes()
    {
        await using var host = await StartAsync();
        await host.SignalAsync(_counter, "reset");
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(_counter) is not null);
        Assert.Equal(0, (await host.Client.Entities.GetEntityAsync<int>(_counter))!.State);

        await host.Client.Entities.SignalEntityAsync(_number, "set", 7);
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(_number) is not null);
        await host.SignalAsync(_number, "delete");
        await UntilGoneAsync(host, _number);
        Assert.Equal("0", (await host.RunAsync("Ask", _number)).SerializedOutput); // initialized as an int, not as null
    }

    [Fact]
    public async Task An_operation_sees_its_own_changes_to_the_state_object_and_stores_what_it_set()
    {
        var reads = "";
        await using var host = await Host()
            .Entity("List", operation =>
            {
                var first = operation.State.GetState<List<string>>() ?? [];
                first.Add("stored");
                operation.State.SetState(first);
                first.Add("not set");
                reads = string.Join(',', operation.State.GetState<List<string>>()!);
                return default;
            })
            .StartAsync();
        var id = new EntityInstanceId("List", "x");
        await host.SignalAsync(id, "go");
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(id) is not null);

        Assert.Equal("stored,not set", reads);
        Assert.Equal(["stored"], (await host.Client.Entities.GetEntityAsync<List<string>>(id))!.State);
    }

    [Fact]
    public async Task An_entitys_name_has_no_case_and_its_key_has()
    {
        await using var host = await StartAsync();
        await host.SignalAsync(new EntityInstanceId("ACCOUNT", "x"), "rename", "small");
        await host.SignalAsync(new EntityInstanceId("account", "X"), "rename", "capital");
        await EngineHost.UntilAsync(async () => await host.Client.Entities.GetEntityAsync(new EntityInstanceId("Account", "X")) is not null);

        Assert.Equal("small", (await host.Client.Entities.GetEntityAsync<Account>(_account))!.State.Owner);
    }
}
