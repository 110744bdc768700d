// Stores in memory, which can be made to hang or fail. Only what tracing uses of them works.
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Telemetry;

internal sealed class MemoryTraceStore : ITraceStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string, string), SpanRecord> _spans = [];
    private readonly List<int> _batches = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _waits = [];
    private int _writes;

    /// <summary>When set, every call waits for it and ignores its token.</summary>
    public TaskCompletionSource? Gate { get; set; }

    /// <summary>How many of the next writes fail.</summary>
    public int Failures { get; set; }

    public int Tries { get; private set; }

    public IReadOnlyList<SpanRecord> Spans
    {
        get
        {
            lock (_lock)
                return [.. _spans.Values];
        }
    }

    public IReadOnlyList<int> Batches
    {
        get
        {
            lock (_lock)
                return [.. _batches];
        }
    }

    /// <summary>Waits until that many spans were written, repetitions counted.</summary>
    public Task WrittenAsync(int count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_writes >= count)
                return Task.CompletedTask;
            _waits.Add((count, reached));
        }

        return reached.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    public async Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken = default)
    {
        if (Gate is { } gate)
            await gate.Task;
        lock (_lock)
        {
            Tries++;
            if (Failures-- > 0)
                throw new IOException("The disk is full.");
            foreach (var span in spans)
                _spans[(span.TraceId, span.SpanId)] = span;
            _batches.Add(spans.Count);
            _writes += spans.Count;
            foreach (var (_, reached) in _waits.Where(w => w.Count <= _writes))
                reached.TrySetResult();
        }
    }

    public Task<IReadOnlyList<SpanRecord>> GetTraceAsync(string traceId, int limit, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<SpanRecord>>([.. Spans.Where(s => s.TraceId == traceId).OrderBy(s => s.StartTime).Take(limit)]);

    public async Task<IReadOnlySet<string>> GetSpanIdsAsync(string traceId, string runId, CancellationToken cancellationToken = default)
    {
        if (Gate is { } gate)
            await gate.Task;
        return Spans.Where(s => s.TraceId == traceId && s.RunId == runId).Select(s => s.SpanId).ToHashSet();
    }
}

internal sealed class MemoryRunStore : IRunStore
{
    public bool Fails { get; set; }

    public Task<IReadOnlyList<RunResult>> GetResultsAsync(string runId, CancellationToken cancellationToken = default) =>
        Fails ? Task.FromException<IReadOnlyList<RunResult>>(new IOException("The disk is gone.")) : Task.FromResult(Sample.Results);

    public Task<IReadOnlyList<RunMessage>> GetMessagesAsync(string runId, CancellationToken cancellationToken = default) => Task.FromResult(Sample.Messages);

    public Task<IReadOnlyList<RunMessage>> GetSessionMessagesAsync(string sessionId, int beforePosition, int limit, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<RunMessage>>([.. Sample.SessionMessages.TakeLast(limit)]);

    public Task<RunCreation> CreateAsync(RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<string?> GetResultAsync(string runId, string key, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunEvent>> ReadEventsAsync(string runId, long after, int limit, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<RunRecord?> RequestCancelAsync(string runId, string? reason, DateTimeOffset at, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<ListPage<RunRecord>> ListAsync(RunQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(DateTimeOffset createdBefore, int limit, RunRecord? after = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
