using AgentFunctions.Tests.CrashHost.Torture;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>Compares what was promised with what is there. It knows the API's promises and our functions, and nothing of the engine.</summary>
internal static class Checker
{
    public static IEnumerable<Violation> Check(Evidence evidence) =>
    [
        .. CheckFile(evidence.State),
        .. CheckAnswers(evidence),
        .. RunChecks.Check(evidence),
        .. LetterChecks.Check(evidence),
        .. StepChecks.Check(evidence),
        .. EntityChecks.Check(evidence),
    ];

    private static IEnumerable<Violation> CheckFile(StoredState state)
    {
        if (state.Integrity is not ["ok"])
            yield return new Violation("corrupt file", "state.db", string.Join('\n', state.Integrity));
        foreach (var owner in state.Inboxes.Distinct())
            yield return new Violation("stuck message", owner, "Its inbox still has messages after everything had time to end.");
        foreach (var number in state.OrphanedHistories)
            yield return new Violation("orphaned history", $"instance {number}", "Its history is there, but the instance is not.");
        foreach (var entity in state.Entities.Values.Where(entity => entity.LockedBy is not null))
            yield return new Violation("stuck lock", entity.Id, $"It is still locked by {entity.LockedBy}.");
    }

    /// <summary>A host that is stopped may refuse; one that is killed was well until then.</summary>
    private static IEnumerable<Violation> CheckAnswers(Evidence evidence) =>
        from call in evidence.Calls
        where call.Answer == Answer.TimedOut || (call.Answer == Answer.Error && !evidence.EndedInGoodOrder.Contains(call.Epoch))
        select new Violation("no answer", call.Target, $"{call.Kind} to host {call.Epoch} gave {call.Answer}.");
}
