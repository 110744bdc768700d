using AgentFunctions.Tests.CrashHost.Work;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.CrashHost.Host;

/// <summary>One orchestrator for each <see cref="Shape"/>. What each returns depends on the result of every step.</summary>
internal static class Orchestrations
{
    private static readonly TimeSpan _long = TimeSpan.FromHours(1);

    [Function(nameof(Shape.Chain))]
    public static async Task<Outcome> Chain([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var value = 0u;
        for (var rank = 0; rank < plan.Size; rank++)
            value = Step.Fold(value, await RunAsync(context, new Step(rank)));
        await context.Entities.SignalEntityAsync(Entities.Tally(plan.Tally), nameof(ListEntity.Append), context.InstanceId);
        return Outcome.Of(value);
    }

    [Function(nameof(Shape.Fan))]
    public static async Task<Outcome> Fan([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var branches = Enumerable.Range(0, plan.Size).Select(branch => RunAsync(context, new Step(0, branch))).ToList();
        var value = (await Task.WhenAll(branches)).Aggregate(0u, Step.Fold);
        return Outcome.Of(Step.Fold(value, await RunAsync(context, new Step(1))));
    }

    [Function(nameof(Shape.Pause))]
    public static async Task<Outcome> Pause([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var value = Step.Fold(0, await RunAsync(context, new Step(0)));
        await context.CreateTimer(TimeSpan.FromMilliseconds(plan.Salt % 60), CancellationToken.None);
        return Outcome.Of(Step.Fold(value, await RunAsync(context, new Step(1))));
    }

    [Function(nameof(Shape.Family))]
    public static async Task<Outcome> Family([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var children = Forecast.Children(context.InstanceId, plan).Select(child => context.CallSubOrchestratorAsync<Outcome>(
            child.Plan.Shape.ToString(), child.Plan, new SubOrchestrationOptions(instanceId: child.Id))).ToList();
        var value = (await Task.WhenAll(children)).Aggregate(0u, (fold, child) => Step.Fold(fold, child.Value));
        return Outcome.Of(Step.Fold(value, await RunAsync(context, new Step(0))));
    }

    [Function(nameof(Shape.Courier))]
    public static async Task<Outcome> Courier([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var (id, letters) = Forecast.Children(context.InstanceId, plan).Single();
        var reader = context.CallSubOrchestratorAsync<Outcome>(nameof(Shape.Letters), letters, new SubOrchestrationOptions(instanceId: id));
        foreach (var letter in Forecast.LettersTo(id, letters))
            context.SendEvent(id, nameof(Letter), letter);
        var value = Step.Fold(0, (await reader).Value);
        return Outcome.Of(Step.Fold(value, await RunAsync(context, new Step(0))));
    }

    [Function(nameof(Shape.Letters))]
    public static async Task<Outcome> Letters([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var (value, taken) = (0u, new List<string>());
        while (true)
        {
            var letter = await context.WaitForExternalEvent<Letter>(nameof(Letter), _long);
            value = Step.Fold(value, await RunAsync(context, new Step(taken.Count)));
            taken.Add(letter.Id);
            if (letter.Last)
                return new Outcome(value, taken);
        }
    }

    [Function(nameof(Shape.Mailbox))]
    public static async Task<Outcome?> Mailbox([OrchestrationTrigger] TaskOrchestrationContext context, Progress progress)
    {
        var letter = await context.WaitForExternalEvent<Letter>(nameof(Letter));
        var value = Step.Fold(progress.Value, await RunAsync(context, new Step(progress.Rank)));
        var taken = new Outcome(value, [.. progress.Letters ?? [], letter.Id]);
        if (letter.Last)
            return taken;
        context.ContinueAsNew(progress.Next(taken), preserveUnprocessedEvents: true);
        return null;
    }

    [Function(nameof(Shape.Loop))]
    public static async Task<Outcome?> Loop([OrchestrationTrigger] TaskOrchestrationContext context, Progress progress)
    {
        var value = Step.Fold(progress.Value, await RunAsync(context, new Step(progress.Rank)));
        if (progress.Rank + 1 == progress.Size)
            return Outcome.Of(value);
        context.ContinueAsNew(progress.Next(Outcome.Of(value)));
        return null;
    }

    [Function(nameof(Shape.Transfer))]
    public static async Task<Outcome> Transfer([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var (from, to) = (Entities.Account(plan.Accounts.From), Entities.Account(plan.Accounts.To));
        await using (await context.Entities.LockEntitiesAsync(from, to))
        {
            await MoveAsync(context, from, -plan.Amount);
            var value = Step.Fold(0, await RunAsync(context, new Step(0)));
            await MoveAsync(context, to, plan.Amount);
            return Outcome.Of(value);
        }
    }

    [Function(nameof(Shape.Stubborn))]
    public static async Task<Outcome> Stubborn([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        var retry = TaskOptions.FromRetryPolicy(new RetryPolicy(plan.Size + 1, TimeSpan.FromMilliseconds(5)));
        var result = await context.CallActivityAsync<uint>(StepActivity.Name, new Step(0, 0, plan.Size), retry);
        return Outcome.Of(Step.Fold(Step.Fold(0, result), await RunAsync(context, new Step(1))));
    }

    [Function(nameof(Shape.Parked))]
    public static async Task<Outcome> Parked([OrchestrationTrigger] TaskOrchestrationContext context, Plan plan)
    {
        await RunAsync(context, new Step(0));
        await context.WaitForExternalEvent<Letter>("Never");
        return Outcome.Of(0);
    }

    private static Task<uint> RunAsync(TaskOrchestrationContext context, Step step) =>
        context.CallActivityAsync<uint>(StepActivity.Name, step);

    /// <summary>Reads and then writes, which loses updates unless the lock keeps others out.</summary>
    private static async Task MoveAsync(TaskOrchestrationContext context, EntityInstanceId account, int amount)
    {
        var balance = await context.Entities.CallEntityAsync<int>(account, nameof(AccountEntity.Read));
        await context.Entities.CallEntityAsync(
            account, nameof(AccountEntity.Write), new Booking(context.InstanceId, amount, balance + amount));
    }
}

/// <summary>The input of an orchestration that continues as new: a <see cref="Plan"/> and what was done so far.</summary>
internal sealed record Progress(int Size, int Rank, uint Value, IReadOnlyList<string>? Letters)
{
    public Progress Next(Outcome soFar) => new(Size, Rank + 1, soFar.Value, soFar.Letters);
}
