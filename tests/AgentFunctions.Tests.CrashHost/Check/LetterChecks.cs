using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>Events: each that was acknowledged was taken exactly once, in order; one without an answer at most once.</summary>
internal static class LetterChecks
{
    public static IEnumerable<Violation> Check(Evidence evidence) =>
        from run in evidence.Runs.Values
        where run.Plan.Shape is Shape.Letters or Shape.Mailbox
        let output = RunChecks.OutputOf(run, evidence.State.Instances.GetValueOrDefault(run.Id))
        where output is not null
        from violation in run.Parent is null ? CheckRun(run, output.Letters) : CheckChild(run, output.Letters)
        select violation;

    /// <summary>Its parent sent all of them in one step.</summary>
    private static IEnumerable<Violation> CheckChild(KnownRun run, IReadOnlyList<string> taken)
    {
        var sent = Forecast.LettersTo(run.Id, run.Plan).Select(letter => letter.Id).ToList();
        if (!sent.SequenceEqual(taken))
            yield return new Violation("lost event", run.Id, $"Its parent sent {string.Join(", ", sent)}, but it took {string.Join(", ", taken)}.");
    }

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
