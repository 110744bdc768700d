using System.Text.Json;
using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>Runs: none that was acknowledged is lost, each ends, and each ends right.</summary>
internal static class RunChecks
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNameCaseInsensitive = true };

    public static IEnumerable<Violation> Check(Evidence evidence)
    {
        foreach (var instance in evidence.State.Instances.Keys.Where(id => !evidence.Runs.ContainsKey(id)))
            yield return new Violation("unknown run", instance, "Nobody asked for it.");
        foreach (var violation in evidence.Runs.Values.SelectMany(run => CheckRun(run, evidence.State)))
            yield return violation;
    }

    private static IEnumerable<Violation> CheckRun(KnownRun run, StoredState state)
    {
        var stored = state.Instances.GetValueOrDefault(run.Id);
        foreach (var violation in CheckPresence(run, stored, state))
            yield return violation;
        if (stored is { HasEnded: false })
            yield return new Violation("stuck run", run.Id, $"It has not ended: {stored.Status}.");
        if (run.SeenEnd is { } end && stored is not null && !IsSameEnd(end.Seen!, stored))
            yield return new Violation("changed end", run.Id, $"A client saw it {end.Seen!.Status} with {end.Seen.Output}, but it is {stored.Status} with {stored.Output}.");
        if ((stored?.Status ?? run.SeenEnd?.Seen?.Status) is { } status)
        {
            foreach (var violation in CheckEnd(run, status, OutputOf(run, stored)))
                yield return violation;
        }
    }

    private static IEnumerable<Violation> CheckPresence(KnownRun run, StoredInstance? stored, StoredState state)
    {
        if (run.StartWasAcked && stored is null && !run.Asked(CallKind.Purge))
            yield return new Violation("lost run", run.Id, "Its start was acknowledged, but it is not there.");
        if (run.NeverBegan && stored is not null)
            yield return new Violation("late run", run.Id, "A client had already found that it was never started.");
        if (LostSight(run) is { } call)
            yield return new Violation("lost run", run.Id, $"Host {call.Epoch} answered {call.Kind} with 404 after the start was acknowledged.");
        if (run.Was(CallKind.Purge, Answer.Acked) && stored is not null)
            yield return new Violation("purged run", run.Id, "Its purge was acknowledged, but it is still there.");
        if (run.Parent is { } parent && stored is null && state.Instances.GetValueOrDefault(parent.Id)?.Status == "Completed")
            yield return new Violation("lost run", run.Id, $"Its parent {parent.Id} completed, but it is not there.");
    }

    /// <summary>A call that did not find the run, though its start had been acknowledged and its purge not asked.</summary>
    private static Call? LostSight(KnownRun run) => run.Calls
        .SkipWhile(call => call is not { Kind: CallKind.Start, Answer: Answer.Acked })
        .TakeWhile(call => call.Kind != CallKind.Purge)
        .FirstOrDefault(call => call.Answer == Answer.Missing);

    private static IEnumerable<Violation> CheckEnd(KnownRun run, string status, Outcome? output)
    {
        if (status == "Failed")
            yield return new Violation("failed run", run.Id, "No run is meant to fail.");
        if (status == "Terminated" && !run.Asked(CallKind.Terminate))
            yield return new Violation("terminated run", run.Id, "Nobody terminated it.");
        if (status == "Completed" && run.Plan.Shape == Shape.Parked)
            yield return new Violation("completed run", run.Id, "It can only end by being terminated.");
        if (status != "Completed")
            yield break;
        var expected = Forecast.Value(run.Id, run.Plan, output?.Letters.Count ?? 0);
        if (output?.Value != expected)
            yield return new Violation("wrong result", run.Id, $"It returned {output?.Value}, but its steps come to {expected}.");
    }

    private static bool IsSameEnd(Sight seen, StoredInstance stored) =>
        seen.Status == stored.Status && (stored.Output is null || JsonSerializer.Serialize(OutputOf(seen)) == JsonSerializer.Serialize(stored.Output));

    /// <summary>What the run returned, as stored or, if it was purged, as a client saw it.</summary>
    public static Outcome? OutputOf(KnownRun run, StoredInstance? stored) =>
        stored is not null ? stored.Output : run.SeenEnd?.Seen is { Status: "Completed" } seen ? OutputOf(seen) : null;

    private static Outcome? OutputOf(Sight seen) => seen.Output?.Deserialize<Outcome>(_json);
}
