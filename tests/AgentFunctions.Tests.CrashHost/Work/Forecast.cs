namespace AgentFunctions.Tests.CrashHost.Work;

/// <summary>What a run must come to, worked out from its plan alone.</summary>
internal static class Forecast
{
    /// <summary>The sub-orchestrations of a <see cref="Shape.Family"/>.</summary>
    public static IEnumerable<(string Id, Plan Plan)> Children(string instanceId, Plan plan) =>
        plan.Shape == Shape.Family
            ? Enumerable.Range(0, plan.Size).Select(child =>
                ($"{instanceId}.{child}", new Plan(child % 2 == 0 ? Shape.Chain : Shape.Fan, 1 + (plan.Salt + child) % 3, plan.Salt + child)))
            : [];

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
        var children = Children(instanceId, plan).Aggregate(0u, (fold, child) => Step.Fold(fold, Value(child.Id, child.Plan, 0)));
        return Steps(plan, letters).Aggregate(children, (fold, step) => Step.Fold(fold, Step.ResultOf(instanceId, step.Rank, step.Branch)));
    }

    private static IEnumerable<(int Rank, int Branch)> Ranks(int count) => Enumerable.Range(0, count).Select(rank => (rank, 0));
}
