using System.Globalization;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// Sessions: a row of totals each, a marker for every run that was counted, and the order of the turns. Each run is told
/// when it is created and when it is finished; telling it again changes nothing.
/// </summary>
internal sealed class SessionTable(TableClient table, ListTable lists, WriteConflicts conflicts)
{
    private const string Session = "session";
    private const string All = "sessions";
    private const string LatestRunAt = "LatestRunAt";
    private const string RunId = "RunId";

    private readonly WriteQueues _queues = new();

    public async Task<SessionRecord?> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        (await ReadAsync(TableKeys.Escape(sessionId), cancellationToken))?.Session;

    public Task<ListPage<SessionRecord>> ListAsync(SessionQuery query, CancellationToken cancellationToken)
    {
        var list = query.UserId is { } user ? OfUser(user) : query.AgentId is { } agent ? OfAgent(agent) : All;
        return lists.ReadPageAsync(list, ("0", TableKeys.After("9")), query.Limit, query.Cursor, LoadAsync, cancellationToken);

        async Task<SessionRecord?> LoadAsync(ListEntry entry) =>
            await GetAsync(entry.Id, cancellationToken) is { } session && entry.Place == PlaceOf(session)
            && (query.UserId is null || query.UserId == session.UserId)
            && (query.AgentId is null || query.AgentId == session.AgentId) ? session : null;
    }

    /// <summary>Notes the run, and counts it once when it is finished. A member's run is left out: its usage is part of its root run's.</summary>
    public Task NoteAsync(RunRecord run, CancellationToken cancellationToken) => run.Depth > 0 ? Task.CompletedTask : _queues.RunAsync(
        run.SessionId,
        () => conflicts.ResolveAsync($"Session {run.SessionId}", _ => TryNoteAsync(run, cancellationToken), cancellationToken),
        cancellationToken);

    /// <summary>Adds a session without runs, unless there is one with its id.</summary>
    public async Task<SessionCreation> CreateAsync(SessionRecord session, CancellationToken cancellationToken)
    {
        if (await GetAsync(session.SessionId, cancellationToken) is { } existing)
        {
            return new SessionCreation(false, existing);
        }
        await lists.AddAsync(EntriesOf(session), cancellationToken);
        try
        {
            await table.SubmitAsync([ToWrite(TableKeys.Escape(session.SessionId), new SessionRow(session, session.CreatedAt, Version: null))], cancellationToken);
            return new SessionCreation(true, session);
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e) && !cancellationToken.IsCancellationRequested)
        {
            return await CreateAsync(session, cancellationToken);
        }
    }

    /// <summary>Applies a change to what people set; null when there is no such session.</summary>
    public async Task<SessionRecord?> ChangeAsync(string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken cancellationToken)
    {
        if (await GetAsync(sessionId, cancellationToken) is null)
        {
            return null;
        }
        return await _queues.RunAsync(
            sessionId,
            () => conflicts.ResolveAsync($"Session {sessionId}", _ => TryChangeAsync(sessionId, change, cancellationToken), cancellationToken),
            cancellationToken);
    }

    /// <summary>Removes the session. Its row goes last: what a crash leaves is found by it.</summary>
    public async Task DeleteAsync(string sessionId, CancellationToken cancellationToken)
    {
        var partition = TableKeys.Escape(sessionId);
        if (await ReadAsync(partition, cancellationToken) is { } row)
        {
            await lists.RemoveAsync(EntriesOf(row.Session), cancellationToken);
        }
        await table.DeletePartitionAsync(partition, [Session], cancellationToken);
    }

    /// <summary>Takes a run out of the order of the turns.</summary>
    public Task RemoveTurnAsync(RunRecord run, CancellationToken cancellationToken) => run.SessionPosition is { } position
        ? table.DeleteEntityAsync(TableKeys.Escape(run.SessionId), TurnRowKey(run, position), cancellationToken: cancellationToken)
        : Task.CompletedTask;

    /// <summary>Announces that a run completed its turn, before it is written: a turn may be announced that then is not taken.</summary>
    public Task AnnounceTurnAsync(RunRecord run, CancellationToken cancellationToken) =>
        run is { Status: RunStatus.Completed, SessionPosition: { } position }
            ? table.UpsertEntityAsync(
                new TableEntity(TableKeys.Escape(run.SessionId), TurnRowKey(run, position)) { [RunId] = run.RunId },
                TableUpdateMode.Replace,
                cancellationToken)
            : Task.CompletedTask;

    /// <summary>The runs whose turns were announced for positions before this one, latest first.</summary>
    public async IAsyncEnumerable<string> ReadTurnsAsync(
        string sessionId, int beforePosition, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = TableKeys.Between(TableKeys.Escape(sessionId), TurnKey(beforePosition - 1), TableKeys.After("turn:"));
        await foreach (var row in table.QueryAsync<TableEntity>(filter, cancellationToken: cancellationToken))
        {
            yield return row.GetString(RunId)!;
        }
    }

    private async Task<SessionRow?> TryNoteAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var partition = TableKeys.Escape(run.SessionId);
        var counted = new TableEntity(partition, "run:" + TableKeys.Escape(run.RunId));
        var before = await ReadAsync(partition, cancellationToken);
        var counts = run.IsFinished && !(await table.GetEntityIfExistsAsync<TableEntity>(partition, counted.RowKey, cancellationToken: cancellationToken)).HasValue;
        var after = (before ?? SessionRow.First(run)).With(run, counts);
        if (after == before && !counts)
        {
            return after;
        }
        await lists.AddAsync(EntriesOf(after.Session), cancellationToken);
        try
        {
            await table.SubmitAsync(counts ? [ToWrite(partition, after), RowWrite.Add(counted)] : [ToWrite(partition, after)], cancellationToken);
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            return null;
        }
        await lists.RemoveAsync(before is null ? [] : Left(before.Session, after.Session), cancellationToken);
        return after;
    }

    private async Task<SessionRecord?> TryChangeAsync(string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken cancellationToken)
    {
        var partition = TableKeys.Escape(sessionId);
        var before = await ReadAsync(partition, cancellationToken)
            ?? throw new KeyNotFoundException($"Session '{sessionId}' was deleted while it was changed.");
        var after = before with { Session = before.Session.With(change(before.Session)) };
        try
        {
            await table.SubmitAsync([ToWrite(partition, after)], cancellationToken);
            return after.Session;
        }
        catch (RequestFailedException e) when (WriteConflicts.IsConflict(e))
        {
            return null;
        }
    }

    private async Task<SessionRow?> ReadAsync(string partition, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(partition, Session, cancellationToken: cancellationToken);
        if (!response.HasValue)
        {
            return null;
        }
        var row = response.Value!;
        var json = await table.ReadTextAsync(row, cancellationToken);
        return new SessionRow(AgentJson.Deserialize<SessionRecord>(json!), row.GetDateTimeOffset(LatestRunAt)!.Value, row.ETag);
    }

    private static RowWrite ToWrite(string partition, SessionRow session)
    {
        var row = new TableEntity(partition, Session) { [LatestRunAt] = session.LatestRunAt };
        var json = AgentJson.Serialize(session.Session);
        return session.Version is { } version ? RowWrite.Replace(row, json, version) : RowWrite.Add(row, json);
    }

    private static IEnumerable<ListEntry> EntriesOf(SessionRecord session)
    {
        string?[] names = [All, session.AgentId is { } agent ? OfAgent(agent) : null, session.UserId is { } user ? OfUser(user) : null];
        return names.OfType<string>().Select(list => new ListEntry(list, PlaceOf(session), session.SessionId));
    }

    // Activity only moves on, so nobody comes back to a place that was left; within a place another writer may be coming in.
    private static IEnumerable<ListEntry> Left(SessionRecord before, SessionRecord after) =>
        PlaceOf(before) == PlaceOf(after) ? [] : EntriesOf(before);

    private static string PlaceOf(SessionRecord session) => $"{TableKeys.Latest(session.UpdatedAt)}:{TableKeys.Escape(session.SessionId)}";

    private static string TurnKey(int position) => "turn:" + (int.MaxValue - Math.Max(position, 0)).ToString("D10", CultureInfo.InvariantCulture);

    private static string TurnRowKey(RunRecord run, int position) => $"{TurnKey(position)}:{TableKeys.Escape(run.RunId)}";

    private static string OfAgent(string id) => "sessions:agent:" + TableKeys.Escape(id);

    private static string OfUser(string id) => "sessions:user:" + TableKeys.Escape(id);

    /// <summary>A session, when its latest run was created, and the version that was read.</summary>
    private sealed record SessionRow(SessionRecord Session, DateTimeOffset LatestRunAt, ETag? Version)
    {
        public static SessionRow First(RunRecord run) => new(
            new SessionRecord { SessionId = run.SessionId, AgentId = run.AgentId, UserId = run.UserId, CreatedAt = run.CreatedAt, UpdatedAt = run.CreatedAt },
            run.CreatedAt,
            Version: null);

        /// <summary>The session after it heard of a run, which counts if it is finished and was not counted before.</summary>
        public SessionRow With(RunRecord run, bool counts)
        {
            var isEarlier = Session.AgentId is not null && run.CreatedAt < LatestRunAt;
            var session = isEarlier ? Session : Session with { AgentId = run.AgentId, UserId = run.UserId ?? Session.UserId };
            session = session with
            {
                CreatedAt = Earlier(session.CreatedAt, run.CreatedAt),
                UpdatedAt = Later(session.UpdatedAt, run.FinishedAt ?? run.CreatedAt),
            };
            if (counts)
            {
                session = session with
                {
                    Runs = session.Runs + 1,
                    Usage = session.Usage + run.Usage,
                    CostUsd = Money.Sum(session.CostUsd, run.CostUsd),
                    UnpricedCalls = session.UnpricedCalls + run.UnpricedCalls,
                };
            }
            return this with { Session = session, LatestRunAt = Later(LatestRunAt, run.CreatedAt) };
        }

        private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

        private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
    }
}
