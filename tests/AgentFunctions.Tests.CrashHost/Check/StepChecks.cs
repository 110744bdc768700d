using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>
/// Activities: none whose result is on record starts again. That a result is on record is concluded from what can only follow
/// from it, without a look into the engine: a later step started, a client saw it in the history, the run was seen to have ended.
/// </summary>
internal static class StepChecks
{
    public static IEnumerable<Violation> Check(Evidence evidence)
    {
        var lines = evidence.Steps.ToLookup(line => line.Instance);
        foreach (var stranger in lines.Where(ofRun => !evidence.Runs.TryGetValue(ofRun.Key, out var run) || run.NeverBegan))
            yield return new Violation("unknown step", stranger.Key, "An activity ran for a run that does not exist.");
        foreach (var run in evidence.Runs.Values)
        {
            var ofRun = lines[run.Id].ToList();
            var violations = CheckOrder(ofRun)
                .Concat(CheckRepeats(ofRun, evidence.EndedInGoodOrder))
                .Concat(CheckSights(run, ofRun))
                .Concat(CheckCompleteness(run, ofRun, evidence.State));
            foreach (var detail in violations)
                yield return new Violation("repeated or lost step", run.Id, detail);
        }
    }

    /// <summary>What comes later shows that what came before has its result.</summary>
    private static IEnumerable<string> CheckOrder(List<StepLine> lines)
    {
        var rank = 0;
        var tasks = new Dictionary<string, int>();
        foreach (var line in lines.Where(line => line.IsStart))
        {
            if (line.Rank < rank)
                yield return $"Step {line.Step} started in host {line.Epoch} although a step of rank {rank} had already started.";
            if (line.Task < tasks.GetValueOrDefault(line.Step))
                yield return $"Attempt {line.Task} of step {line.Step} started in host {line.Epoch} although attempt {tasks[line.Step]} had already started.";
            rank = Math.Max(rank, line.Rank);
            tasks[line.Step] = Math.Max(line.Task, tasks.GetValueOrDefault(line.Step));
        }
    }

    /// <summary>A host delivers each activity once, and one that it finished before it stopped in good order is on record.</summary>
    private static IEnumerable<string> CheckRepeats(List<StepLine> lines, IReadOnlySet<int> endedInGoodOrder)
    {
        foreach (var attempt in lines.GroupBy(line => (line.Step, line.Task)))
        {
            var starts = attempt.Where(line => line.IsStart).Select(line => line.Epoch).ToList();
            if (starts.GroupBy(epoch => epoch).FirstOrDefault(copies => copies.Count() > 1) is { } twice)
                yield return $"Step {attempt.Key.Step} started {twice.Count()} times in host {twice.Key}.";
            var finished = attempt.FirstOrDefault(line => !line.IsStart && endedInGoodOrder.Contains(line.Epoch));
            if (finished is not null && starts.Exists(epoch => epoch > finished.Epoch))
                yield return $"Step {attempt.Key.Step} ended in host {finished.Epoch}, which stopped in good order, and started again.";
        }
    }

    private static IEnumerable<string> CheckSights(KnownRun run, List<StepLine> lines)
    {
        foreach (var sight in run.Calls.Where(call => call.Seen is not null))
        {
            var recorded = sight.Seen!.Recorded ?? [];
            if (lines.Find(line => line.IsStart && line.Epoch > sight.Epoch && (sight.Seen.HasEnded || recorded.Contains(line.Step))) is { } again)
                yield return $"Step {again.Step} started in host {again.Epoch}, although a client of host {sight.Epoch} had seen its result or the run's end.";
        }
    }

    private static IEnumerable<string> CheckCompleteness(KnownRun run, List<StepLine> lines, StoredState state)
    {
        if (RunChecks.OutputOf(run, state.Instances.GetValueOrDefault(run.Id)) is not { } output)
            yield break;
        var ended = lines.Where(line => !line.IsStart).Select(line => (line.Rank, line.Branch)).ToHashSet();
        foreach (var (rank, branch) in Forecast.Steps(run.Plan, output.Letters.Count).Where(step => !ended.Contains(step)))
            yield return $"The run completed, but step {Sights.NameOf(rank, branch)} never ended.";
    }
}
