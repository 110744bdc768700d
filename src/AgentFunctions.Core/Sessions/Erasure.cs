// The right to be forgotten across all stores: what there is to remove, removing it, and the proof that stays.
using System.Text.Json.Nodes;
using AgentFunctions.Audit;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Sessions;

/// <summary>Whose data shall go; one of the three ids is set.</summary>
public sealed record ErasureOrder(string OperationId, string Actor, bool Force)
{
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }

    /// <summary>Sessions that go on without some of their runs, to be mended at the end.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];

    /// <summary>What an earlier part of the operation removed.</summary>
    public ErasureTally Tally { get; init; } = new();
}

/// <summary>What was removed, in numbers and one hash, without any content.</summary>
public sealed record ErasureTally
{
    public int Runs { get; init; }
    public int Sessions { get; init; }
    public int Messages { get; init; }
    public int Spans { get; init; }

    /// <summary>SHA-256 chained over the ids of the removed runs: each is hashed with the hash before it, a line feed between.</summary>
    public string RunIdsSha256 { get; init; } = AuditChain.Beginning;

    /// <summary>The run because of which nothing more was removed: it is not finished.</summary>
    public string? BusyRunId { get; init; }

    public ErasureTally With(ErasureBatch batch) => this with
    {
        Runs = Runs + batch.Runs.Count,
        Messages = Messages + batch.Runs.Sum(run => run.Messages),
        Spans = Spans + batch.Runs.Sum(run => run.Spans),
        RunIdsSha256 = batch.Runs.Aggregate(RunIdsSha256, (hash, run) => AuditChain.Fingerprint($"{hash}\n{run.RunId}")),
    };
}

/// <summary>A part of what there is to remove, small enough for one activity: finished runs, else sessions without runs. All empty: nothing is left.</summary>
public sealed record ErasureBatch(IReadOnlyList<ErasableRun> Runs, IReadOnlyList<string> Unfinished, IReadOnlyList<string> Sessions)
{
    /// <summary>The sessions of these runs that are not to be removed themselves.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];
}

/// <param name="Messages">How many the run has, for the proof.</param>
/// <param name="Spans">Likewise.</param>
public sealed record ErasableRun(string RunId, string TraceId, int Messages, int Spans);

/// <summary>
/// What the activities of an erasure do. Finding only reads, and what it found is in the operation's history before it is
/// removed: so removing can be repeated, and the proof counts everything once.
/// </summary>
public sealed class Erasure(
    IRunStore runs, ISessionStore sessions, IRunErasure runErasure, ITraceStore traces, ITraceErasure traceErasure, IApprovalErasure approvals,
    IAuditLog audit, TimeProvider time)
{
    private const int RunsAtOnce = 25;

    public async Task<ErasureBatch> FindAsync(ErasureOrder order, CancellationToken cancellationToken)
    {
        if (order.RunId is { } runId)
            return await OfRunAsync(runId, cancellationToken);
        if (order.SessionId is { } sessionId)
            return await OfSessionAsync(sessionId, cancellationToken);
        var own = await sessions.ListAsync(new SessionQuery(UserId: order.UserId, Limit: 1), cancellationToken);
        if (own.Items.Count > 0)
            return await OfSessionAsync(own.Items[0].SessionId, cancellationToken);
        var page = await runs.ListAsync(new RunQuery(UserId: order.UserId, Limit: RunsAtOnce), cancellationToken);
        return await BatchOfAsync(page.Items, cancellationToken) with { Shared = [.. page.Items.Select(run => run.SessionId).Distinct()] };
    }

    /// <summary>Removes the runs of a batch from every store. Safe to repeat.</summary>
    public async Task RemoveAsync(IReadOnlyList<ErasableRun> batch, CancellationToken cancellationToken)
    {
        foreach (var run in batch)
        {
            await traceErasure.DeleteSpansAsync(run.TraceId, run.RunId, cancellationToken);
            await approvals.DeleteApprovalsAsync(run.RunId, cancellationToken);
            await runErasure.DeleteRunAsync(run.RunId, cancellationToken);
        }
    }

    public async Task RemoveSessionsAsync(IReadOnlyList<string> batch, CancellationToken cancellationToken)
    {
        foreach (var session in batch)
            await sessions.DeleteAsync(session, cancellationToken);
    }

    /// <summary>Puts the proof on record, once for each operation. The subject is named by a hash: who knows the id can find it, nobody else can read it.</summary>
    public async Task ProveAsync(ErasureOrder order, CancellationToken cancellationToken)
    {
        var (kind, subject) = order switch
        {
            { RunId: { } run } => (AuditKinds.RunDeleted, run),
            { SessionId: { } session } => (AuditKinds.SessionDeleted, session),
            _ => (AuditKinds.UserDeleted, order.UserId!),
        };
        await audit.AppendAsync(
            new AuditEntry
            {
                Kind = kind,
                At = time.GetUtcNow(),
                Actor = order.Actor,
                Key = $"erasure:{order.OperationId}",
                Details = Details(order, AuditChain.Fingerprint(subject)),
            },
            cancellationToken);
    }

    private static JsonObject Details(ErasureOrder order, string subject) => new()
    {
        ["operation_id"] = order.OperationId,
        ["subject_sha256"] = subject,
        ["forced"] = order.Force,
        ["complete"] = order.Tally.BusyRunId is null,
        ["runs"] = order.Tally.Runs,
        ["sessions"] = order.Tally.Sessions,
        ["messages"] = order.Tally.Messages,
        ["spans"] = order.Tally.Spans,
        ["run_ids_sha256"] = order.Tally.RunIdsSha256,
    };

    // The ids of members' runs begin with that of their root run, and they are in its session.
    private async Task<ErasureBatch> OfRunAsync(string runId, CancellationToken cancellationToken)
    {
        if (await runs.GetAsync(runId, cancellationToken) is not { } root)
            return new ErasureBatch([], [], []);
        var found = new List<RunRecord> { root };
        string? cursor = null;
        do
        {
            var page = await runs.ListAsync(new RunQuery(SessionId: root.SessionId, From: root.CreatedAt, Limit: 200, Cursor: cursor), cancellationToken);
            found.InsertRange(0, page.Items.Where(run => RunIds.IsMember(run.RunId) && RunIds.RootOf(run.RunId) == runId));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        // Members go before their root, by which the next look finds the rest.
        return await BatchOfAsync(found.Take(RunsAtOnce), cancellationToken) with { Shared = [root.SessionId] };
    }

    private async Task<ErasureBatch> OfSessionAsync(string sessionId, CancellationToken cancellationToken)
    {
        var page = await runs.ListAsync(new RunQuery(SessionId: sessionId, Limit: RunsAtOnce), cancellationToken);
        var batch = await BatchOfAsync(page.Items, cancellationToken);
        if (batch.Runs.Count + batch.Unfinished.Count > 0 || await sessions.GetAsync(sessionId, cancellationToken) is null)
            return batch;
        return batch with { Sessions = [sessionId] };
    }

    private async Task<ErasureBatch> BatchOfAsync(IEnumerable<RunRecord> found, CancellationToken cancellationToken)
    {
        var (finished, unfinished) = (new List<ErasableRun>(), new List<string>());
        foreach (var run in found)
        {
            if (run.IsFinished)
                finished.Add(await ErasableAsync(run, cancellationToken));
            else
                unfinished.Add(run.RunId);
        }

        return new ErasureBatch(finished, unfinished, []);
    }

    private async Task<ErasableRun> ErasableAsync(RunRecord run, CancellationToken cancellationToken) => new(
        run.RunId,
        run.TraceId,
        (await runs.GetMessagesAsync(run.RunId, cancellationToken)).Count,
        (await traces.GetSpanIdsAsync(run.TraceId, run.RunId, cancellationToken)).Count);
}
