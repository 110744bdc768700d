using AgentFunctions.Tests.CrashHost.Host;
using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>Entities: each operation that was acknowledged was applied exactly once, those of one client in its order.</summary>
internal static class EntityChecks
{
    public static IEnumerable<Violation> Check(Evidence evidence) =>
        [.. CheckCounters(evidence), .. CheckTallies(evidence), .. CheckAccounts(evidence)];

    private static IEnumerable<Violation> CheckCounters(Evidence evidence)
    {
        foreach (var signals in evidence.Calls.Where(call => call.Kind == CallKind.Signal).GroupBy(call => call.Target))
        {
            var (counter, mirror) = ($"@counter@{signals.Key}", $"@mirror@{signals.Key}");
            var applied = evidence.State.StateOf<List<string>>(counter);
            foreach (var violation in CheckOnce(counter, applied, [.. signals]))
                yield return violation;
            foreach (var ofClient in signals.GroupBy(call => call.Client))
            {
                var asked = ofClient.Select(call => call.Argument!).ToList();
                var kept = applied.Where(asked.Contains).ToList();
                if (!asked.Where(kept.Contains).SequenceEqual(kept.Distinct()))
                    yield return new Violation("swapped signals", counter, $"Those of client {ofClient.Key} were applied as {string.Join(", ", kept)}.");
            }
            if (!evidence.State.StateOf<List<string>>(mirror).SequenceEqual(applied))
                yield return new Violation("lost signal", mirror, $"It differs from {counter}, which tells it everything.");
        }
    }

    private static IEnumerable<Violation> CheckOnce(string entity, List<string> applied, List<Call> signals)
    {
        foreach (var lost in signals.Where(call => call.Answer == Answer.Acked && !applied.Contains(call.Argument!)))
            yield return new Violation("lost signal", entity, $"Signal {lost.Argument} was acknowledged by host {lost.Epoch}, but not applied.");
        foreach (var twice in applied.GroupBy(signal => signal).Where(copies => copies.Count() > 1))
            yield return new Violation("doubled signal", entity, $"Signal {twice.Key} was applied {twice.Count()} times.");
        foreach (var stranger in applied.Except(signals.Where(call => call.Answer is not (Answer.Refused or Answer.Missing)).Select(call => call.Argument!)))
            yield return new Violation("unknown signal", entity, $"Signal {stranger} was applied, but nobody sent it.");
    }

    private static IEnumerable<Violation> CheckTallies(Evidence evidence)
    {
        foreach (var run in evidence.Runs.Values.Where(run => run.Plan.Shape == Shape.Chain))
        {
            var tally = Entities.Tally(run.Plan.Tally).ToString();
            var told = evidence.State.StateOf<List<string>>(tally).Count(id => id == run.Id);
            var completed = RunChecks.OutputOf(run, evidence.State.Instances.GetValueOrDefault(run.Id)) is not null;
            if (told > 1 || (completed && told == 0))
                yield return new Violation(told == 0 ? "lost signal" : "doubled signal", tally, $"{run.Id} told it {told} times that it is through.");
        }
    }

    private static IEnumerable<Violation> CheckAccounts(Evidence evidence)
    {
        var bookings = new List<(string Account, Booking Booking)>();
        foreach (var account in evidence.State.Entities.Keys.Where(id => id.StartsWith("@account@", StringComparison.Ordinal)))
        {
            var state = evidence.State.StateOf<AccountState>(account);
            bookings.AddRange(state.Bookings.Select(booking => (account, booking)));
            if (state.Balance != state.Bookings.Sum(booking => booking.Amount))
                yield return new Violation("broken lock", account, $"Its balance is {state.Balance}, but its bookings come to {state.Bookings.Sum(booking => booking.Amount)}.");
        }
        var byRun = bookings.ToLookup(entry => entry.Booking.Run, entry => (entry.Account, entry.Booking.Amount));
        foreach (var run in evidence.Runs.Values.Where(run => run.Plan.Shape == Shape.Transfer))
        {
            var completed = RunChecks.OutputOf(run, evidence.State.Instances.GetValueOrDefault(run.Id)) is not null;
            if (!IsRight(run.Plan, [.. byRun[run.Id]], completed))
                yield return new Violation("wrong bookings", run.Id, $"It {(completed ? "completed" : "did not complete")}, and booked {string.Join(", ", byRun[run.Id])}.");
        }
    }

    /// <summary>Both, once, in order; a run that was terminated may have stopped after any of them.</summary>
    private static bool IsRight(Plan plan, List<(string Account, int Amount)> booked, bool completed)
    {
        var from = (Entities.Account(plan.Accounts.From).ToString(), -plan.Amount);
        var to = (Entities.Account(plan.Accounts.To).ToString(), plan.Amount);
        return booked.Count switch
        {
            2 => booked.Contains(from) && booked.Contains(to),
            1 => !completed && booked.Contains(from),
            _ => !completed && booked.Count == 0,
        };
    }
}
