using AgentFunctions.Tests.CrashHost.Torture;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>Events: each that was acknowledged was taken exactly once, in order; one without an answer at most once.</summary>
internal static class LetterChecks
{
    public static IEnumerable<Violation> Check(Evidence evidence) =>
        from run in evidence.Runs.Values
        where run.Asked(CallKind.Raise)
        let output = RunChecks.OutputOf(run, evidence.State.Instances.GetValueOrDefault(run.Id))
        where output is not null
        from violation in CheckRun(run, output.Letters)
        select violation;

    private static IEnumerable<Violation> CheckRun(KnownRun run, IReadOnlyList<string> taken)
    {
        var raised = run.Calls.Where(call => call.Kind == CallKind.Raise).ToList();
        var last = $"{run.Id}:{run.Plan.Size}"; // asked for until there is an answer: the run may have ended by an earlier copy
        foreach (var lost in raised.Where(call => call.Answer == Answer.Acked && call.Argument != last && !taken.Contains(call.Argument!)))
            yield return new Violation("lost event", run.Id, $"Letter {lost.Argument} was acknowledged, but the run did not take it.");
        foreach (var twice in taken.GroupBy(letter => letter).Where(copies => copies.Count() > 1))
            yield return new Violation("doubled event", run.Id, $"It took letter {twice.Key} {twice.Count()} times.");
        foreach (var stranger in taken.Except(raised.Where(call => call.Answer is not (Answer.Refused or Answer.Missing)).Select(call => call.Argument!)))
            yield return new Violation("unknown event", run.Id, $"It took letter {stranger}, which nobody sent or which was refused.");
        var order = raised.Select(call => call.Argument!).Distinct().Where(taken.Contains);
        if (!order.SequenceEqual(taken.Distinct()))
            yield return new Violation("swapped events", run.Id, $"It took its letters in the order {string.Join(", ", taken)}.");
    }
}
