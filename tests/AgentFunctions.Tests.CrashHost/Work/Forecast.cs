namespace AgentFunctions.Tests.CrashHost.Work;

/// <summary>What a run must come to, worked out from its plan alone.</summary>
internal static class Forecast
{
    /// <summary>The sub-orchestrations of a run.</summary>
    public static IEnumerable<(string Id, Plan Plan)> Children(string instanceId, Plan plan) => plan.Shape switch
    {
        Shape.Courier => [($"{instanceId}.0", plan with { Shape = Shape.Letters })],
        Shape.Family => Enumerable.Range(0, plan.Size).Select(child =>
                ($"{instanceId}.{child}", new Plan(child % 2 == 0 ? Shape.Chain : Shape.Fan, 1 + (plan.Salt + child) % 3, plan.Salt + child))),
        _ => [],
    };

    /// <summary>The letters that a <see cref="Shape.Courier"/> sends, or a client for a run of its own.</summary>
    public static IEnumerable<Letter> LettersTo(string instanceId, Plan plan) =>
        Enumerable.Range(0, plan.Size + 1).Select(number => new Letter($"{instanceId}:{number}", Last: number == plan.Size));

    /// <summary>The steps of a run that completes, rank by rank.</summary>
    /// <param name="letters">How many letters it took.</param>
    public static IEnumerable<(int Rank, int Branch)> Steps(Plan plan, int letters) => plan.Shape switch
    {
        Shape.Chain or Shape.Loop => Ranks(plan.Size),
        Shape.Fan => [.. Enumerable.Range(0, plan.Size).Select(branch => (0, branch)), (1, 0)],
        Shape.Pause or Shape.Stubborn => Ranks(2),
        Shape.Letters or Shape.Mailbox => Ranks(letters),
        _ => Ranks(1),
    };

    /// <summary>The value that a completed run returns.</summary>
    public static uint Value(string instanceId, Plan plan, int letters)
    {
        var children = Children(instanceId, plan).Aggregate(0u, (fold, child) => Step.Fold(fold, Value(child.Id, child.Plan, LettersTo(child.Id, child.Plan).Count())));
        return Steps(plan, letters).Aggregate(children, (fold, step) => Step.Fold(fold, Step.ResultOf(instanceId, step.Rank, step.Branch)));
    }

    private static IEnumerable<(int Rank, int Branch)> Ranks(int count) => Enumerable.Range(0, count).Select(rank => (rank, 0));
}
