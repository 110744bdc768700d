using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// Runs, sessions and definitions in Azure tables. What belongs to one run is written in one transaction; lists and session
/// totals follow it, and what a crash leaves undone is done by the next delivery or by the sweeper.
/// </summary>
/// <remarks>docs/decisions/table-storage.md says what is atomic and what follows.</remarks>
public sealed class TableRunStore : IRunStore, ISessionStore, IDefinitionStore, IUntracedRuns, IRunErasure
{
    private readonly AgentTables _tables;
    private readonly RunPartitions _runs;
    private readonly RunLists _lists;
    private readonly SessionTable _sessions;

    public TableRunStore(AgentTables tables, IIdSource ids, WriteConflicts conflicts)
    {
        var lists = new ListTable(tables.Lists);
        _tables = tables;
        _lists = new RunLists(lists);
        _sessions = new SessionTable(tables.Sessions, lists, conflicts);
        _runs = new RunPartitions(tables.Runs, ids, conflicts, AnnounceAsync);
    }

    public async Task<RunCreation> CreateAsync(RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default)
    {
        var creation = await _runs.CreateAsync(run, events, messages, cancellationToken);
        await _sessions.NoteAsync(creation.Run, cancellationToken); // also when it was there: its creator may have died before this
        return creation;
    }

    public Task<RunRecord?> GetAsync(string runId, CancellationToken cancellationToken = default) => _runs.GetAsync(runId, cancellationToken);

    public async Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default)
    {
        var written = await _runs.WriteAsync(RunUpdate.Of(commit), cancellationToken);
        await FollowAsync(written, cancellationToken);
        return new CommitOutcome(written.Applied, written.ResultJson!);
    }

    public async Task<string?> GetResultAsync(string runId, string key, CancellationToken cancellationToken = default) =>
        (await _runs.GetResultAsync(runId, key, cancellationToken))?.ResultJson;

    public Task<IReadOnlyList<RunResult>> GetResultsAsync(string runId, CancellationToken cancellationToken = default) =>
        _runs.GetResultsAsync(runId, cancellationToken);

    public Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default) =>
        _runs.WriteAsync(new RunUpdate(runId) { Events = events }, cancellationToken);

    public async Task<IReadOnlyList<RunEvent>> ReadEventsAsync(string runId, long after, int limit, CancellationToken cancellationToken = default)
    {
        var events = new List<RunEvent>();
        if (limit > 0)
        {
            await foreach (var (number, item) in _runs.Logs.Events.ReadAsync(TableKeys.Escape(runId), after, Math.Min(limit, 1000), cancellationToken))
            {
                events.Add(item.ToEvent(runId, number));
                if (events.Count == limit)
                {
                    break;
                }
            }
        }
        return events;
    }

    public async Task<IReadOnlyList<RunMessage>> GetMessagesAsync(string runId, CancellationToken cancellationToken = default)
    {
        var messages = new List<RunMessage>();
        await foreach (var (number, item) in _runs.Logs.Messages.ReadAsync(TableKeys.Escape(runId), after: 0, rows: null, cancellationToken))
        {
            messages.Add(item.ToMessage(runId, number));
        }
        return messages;
    }

    public async Task<IReadOnlyList<RunMessage>> GetSessionMessagesAsync(string sessionId, int beforePosition, int limit, CancellationToken cancellationToken = default)
    {
        var messages = new List<RunMessage>();
        await foreach (var runId in _sessions.ReadTurnsAsync(sessionId, beforePosition, cancellationToken))
        {
            var run = await GetAsync(runId, cancellationToken);
            if (run is not { Status: RunStatus.Completed, SessionPosition: { } position } || position >= beforePosition)
            {
                continue;
            }
            var turn = await GetMessagesAsync(runId, cancellationToken);
            if (messages.Count + turn.Count > limit)
            {
                break;
            }
            messages.InsertRange(0, turn);
        }
        return messages;
    }

    public async Task<RunRecord?> RequestCancelAsync(string runId, string? reason, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        try
        {
            var written = await _runs.WriteAsync(new RunUpdate(runId) { Change = Request }, cancellationToken);
            return written.After;
        }
        catch (KeyNotFoundException)
        {
            return null;
        }

        RunRecord Request(RunRecord run) =>
            run.IsFinished || run.CancelRequestedAt is not null ? run : run with { CancelRequestedAt = at, CancelReason = reason };
    }

    public Task<ListPage<RunRecord>> ListAsync(RunQuery query, CancellationToken cancellationToken = default) =>
        _lists.ListAsync(query, id => GetAsync(id, cancellationToken), cancellationToken);

    /// <remarks>Also does for finished runs what their writer did not come to do.</remarks>
    public async Task<IReadOnlyList<RunRecord>> ListUnfinishedAsync(DateTimeOffset createdBefore, int limit, RunRecord? after = null, CancellationToken cancellationToken = default)
    {
        var unfinished = new List<RunRecord>();
        await foreach (var run in _lists.ListUnfinishedAsync(createdBefore, limit, after, id => GetAsync(id, cancellationToken), cancellationToken))
        {
            if (unfinished.Count == limit)
            {
                break;
            }
            if (run.IsFinished)
            {
                await FinishAsync(run, Enum.GetValues<RunStatus>(), cancellationToken);
            }
            else
            {
                unfinished.Add(run);
            }
        }
        return unfinished;
    }

    /// <remarks>Also takes runs off the list that got their trace and were not taken off then.</remarks>
    public async Task<IReadOnlyList<RunRecord>> ListUntracedAsync(int limit, CancellationToken cancellationToken = default)
    {
        var untraced = new List<RunRecord>();
        await foreach (var run in _lists.ListUntracedAsync(limit, id => GetAsync(id, cancellationToken), cancellationToken))
        {
            if (untraced.Count >= limit)
            {
                break;
            }
            if (run is { IsFinished: true, TraceIncomplete: true })
            {
                untraced.Add(run);
            }
            else if (run.IsFinished)
            {
                await _lists.RemoveUntracedAsync(run, cancellationToken);
            }
        }
        return untraced;
    }

    public async Task MarkTracedAsync(string runId, CancellationToken cancellationToken = default)
    {
        try
        {
            var written = await _runs.WriteAsync(new RunUpdate(runId) { Change = Mark, AfterEnd = true }, cancellationToken);
            if (written.After is { IsFinished: true } run)
            {
                await _lists.RemoveUntracedAsync(run, cancellationToken);
            }
        }
        catch (KeyNotFoundException)
        {
            // A run that is not there has no row to mark.
        }

        static RunRecord Mark(RunRecord run) => run is { IsFinished: true, TraceIncomplete: true } ? run with { TraceIncomplete = false } : run;
    }

    Task<SessionRecord?> ISessionStore.GetAsync(string sessionId, CancellationToken cancellationToken) => _sessions.GetAsync(sessionId, cancellationToken);

    Task<ListPage<SessionRecord>> ISessionStore.ListAsync(SessionQuery query, CancellationToken cancellationToken) => _sessions.ListAsync(query, cancellationToken);

    Task<SessionCreation> ISessionStore.CreateAsync(SessionRecord session, CancellationToken cancellationToken) => _sessions.CreateAsync(session, cancellationToken);

    Task<SessionRecord?> ISessionStore.ChangeAsync(string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken cancellationToken) =>
        _sessions.ChangeAsync(sessionId, change, cancellationToken);

    Task ISessionStore.DeleteAsync(string sessionId, CancellationToken cancellationToken) => _sessions.DeleteAsync(sessionId, cancellationToken);

    /// <remarks>The row of the run goes last: what a crash leaves is found by it.</remarks>
    public async Task<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        if (await GetAsync(runId, cancellationToken) is not { } run)
        {
            return false;
        }
        if (!run.IsFinished)
        {
            throw new InvalidOperationException($"Run '{runId}' is not finished. Cancel it and wait for its end before removing it.");
        }
        await _lists.RemoveAsync(run, cancellationToken);
        await _sessions.RemoveTurnAsync(run, cancellationToken);
        await _tables.Runs.DeletePartitionAsync(TableKeys.Escape(runId), [RunRows.Head, RunRows.Run], cancellationToken);
        return true;
    }

    public Task DeleteResultAsync(string runId, string key, CancellationToken cancellationToken = default) =>
        _tables.Runs.DeleteWithTextAsync(TableKeys.Escape(runId), RunRows.Result(key), cancellationToken);

    Task IDefinitionStore.PutAsync(AgentDefinition definition, CancellationToken cancellationToken) =>
        _tables.Definitions.SubmitAsync([RowWrite.Upsert(new TableEntity(definition.Hash, "definition"), AgentJson.Serialize(definition))], cancellationToken);

    async Task<AgentDefinition?> IDefinitionStore.GetAsync(string hash, CancellationToken cancellationToken)
    {
        var response = await _tables.Definitions.GetEntityIfExistsAsync<TableEntity>(TableKeys.Escape(hash), "definition", cancellationToken: cancellationToken);
        return response.HasValue ? AgentJson.Deserialize<AgentDefinition>((await _tables.Definitions.ReadTextAsync(response.Value!, cancellationToken))!) : null;
    }

    private Task AnnounceAsync(RunRecord? before, RunRecord after, CancellationToken cancellationToken) =>
        Task.WhenAll(_lists.AnnounceAsync(before, after, cancellationToken), _sessions.AnnounceTurnAsync(after, cancellationToken));

    // After a repeated delivery the run is as the first one left it, which may have died before it came here.
    private async Task FollowAsync(RunWritten written, CancellationToken cancellationToken)
    {
        if (written.After is not { } run)
        {
            return;
        }
        var left = written.Applied ? [written.Before!.Status] : Enum.GetValues<RunStatus>();
        if (run.IsFinished)
        {
            await FinishAsync(run, left, cancellationToken);
        }
        else if (written.Applied)
        {
            await _lists.LeaveAsync(run, left, cancellationToken);
        }
    }

    // The list of the unfinished comes last: a run that is in it is looked after by the sweeper.
    private async Task FinishAsync(RunRecord run, IEnumerable<RunStatus> left, CancellationToken cancellationToken)
    {
        await _sessions.NoteAsync(run, cancellationToken);
        await _lists.LeaveAsync(run, left, cancellationToken);
        await _lists.RemoveUnfinishedAsync(run, cancellationToken);
    }
}
