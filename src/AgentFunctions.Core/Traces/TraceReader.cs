// One trace, wherever its spans are: in the trace store, or still with a run in progress.
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>The spans of one trace; those named by <paramref name="Running"/> have not ended.</summary>
public sealed record TraceSpans(string TraceId, IReadOnlyList<SpanRecord> Spans, IReadOnlySet<string> Running)
{
    /// <summary>Whether its run waits for a person.</summary>
    public bool IsPaused { get; init; }

    public TraceTree Tree()
    {
        var tree = TraceTree.Build(TraceId, Spans, Running);
        return IsPaused && tree.Status == "running" ? tree with { Status = "paused" } : tree;
    }
}

/// <summary>Reads traces as they are now.</summary>
public sealed class TraceReader(ITraceStore traces, IRunStore runs, LiveRuns live, TimeProvider time)
{
    /// <summary>The most spans of a trace that are read.</summary>
    public const int MaxSpans = 10_000;

    // More runs than this in progress at once, and one whose first step has not ended may not be found by its trace id.
    private const int MaxUnfinished = 1000;

    /// <summary>The whole trace; null when neither store knows it.</summary>
    public async Task<TraceSpans?> FindAsync(string traceId, CancellationToken cancellationToken)
    {
        var stored = await traces.GetTraceAsync(traceId, MaxSpans, cancellationToken);
        return await MergeAsync(traceId, stored, await UnfinishedAsync(traceId, stored, cancellationToken), cancellationToken);
    }

    /// <summary>The part of the trace that one run made, a root run with its members; null when it is finished and the store has nothing of it.</summary>
    public async Task<TraceSpans?> OfRunAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var stored = await traces.GetTraceAsync(run.TraceId, MaxSpans, cancellationToken);
        return await MergeAsync(run.TraceId, [.. stored.Where(s => IsOf(run, s))], await UnfinishedAsync(run, cancellationToken), cancellationToken);
    }

    // A root run's part holds its members'.
    private static bool IsOf(RunRecord run, SpanRecord span) =>
        span.RunId is { } runId && (runId == run.RunId || (run.Depth == 0 && RunIds.RootOf(runId) == run.RunId));

    private async Task<TraceSpans?> MergeAsync(
        string traceId, IReadOnlyList<SpanRecord> stored, IReadOnlyList<RunRecord> unfinished, CancellationToken cancellationToken)
    {
        var spans = stored.ToDictionary(s => s.SpanId);
        var running = new HashSet<string>();
        foreach (var run in unfinished)
        {
            var now = await live.ReadAsync(run, cancellationToken);
            foreach (var span in now.Spans)
            {
                // What is stored is over, and knows more: its links, and what the tool's own code added.
                if (spans.TryAdd(span.SpanId, span) && now.Running.Contains(span.SpanId))
                    running.Add(span.SpanId);
            }
        }

        return spans.Count == 0 ? null : new TraceSpans(traceId, [.. spans.Values], running) { IsPaused = IsPaused(unfinished) };
    }

    // A root run says what its members wait for.
    private static bool IsPaused(IReadOnlyList<RunRecord> unfinished)
    {
        var top = unfinished.Where(run => run.Depth == unfinished.Min(other => other.Depth)).ToList();
        return top.Count > 0 && top.All(run => run.Status == RunStatus.Paused);
    }

    /// <summary>The trace's runs in progress: those with spans and without a root, or of a trace without spans whichever has its id.</summary>
    private async Task<IReadOnlyList<RunRecord>> UnfinishedAsync(string traceId, IReadOnlyList<SpanRecord> stored, CancellationToken cancellationToken)
    {
        if (stored.Count == 0)
            return await AllUnfinishedAsync(r => r.TraceId == traceId, cancellationToken);

        var ended = stored.Where(s => s.IsRunRoot()).Select(s => s.RunId).ToHashSet();
        var found = new List<RunRecord>();
        foreach (var runId in stored.Select(s => s.RunId).OfType<string>().SelectMany(id => new[] { id, RunIds.RootOf(id) }).Distinct().Where(id => !ended.Contains(id)))
        {
            if (await runs.GetAsync(runId, cancellationToken) is { IsFinished: false } run)
                found.Add(run);
        }

        return found.Any(r => r.Kind != RunKind.Agent) ? await AllUnfinishedAsync(r => r.TraceId == traceId, cancellationToken) : found;
    }

    /// <summary>The run, if it is in progress, with its members' runs that are.</summary>
    private async Task<IReadOnlyList<RunRecord>> UnfinishedAsync(RunRecord run, CancellationToken cancellationToken)
    {
        if (run.IsFinished)
            return [];
        return run is { Kind: not RunKind.Agent, Depth: 0 }
            ? await AllUnfinishedAsync(r => RunIds.RootOf(r.RunId) == run.RunId, cancellationToken)
            : [run];
    }

    private async Task<IReadOnlyList<RunRecord>> AllUnfinishedAsync(Func<RunRecord, bool> isWanted, CancellationToken cancellationToken) =>
        [.. (await runs.ListUnfinishedAsync(time.GetUtcNow(), MaxUnfinished, cancellationToken: cancellationToken)).Where(isWanted)];
}
