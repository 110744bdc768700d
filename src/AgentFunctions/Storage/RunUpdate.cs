using AgentFunctions.Agents;
using AgentFunctions.Runs;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>What one write adds to a run and changes of it.</summary>
internal sealed record RunUpdate(string RunId)
{
    public string? Key { get; init; }
    public string? ResultJson { get; init; }
    public IReadOnlyList<NewMessage> Messages { get; init; } = [];
    public IReadOnlyList<NewRunEvent> Events { get; init; } = [];
    public Func<RunRecord, RunRecord>? Change { get; init; }

    /// <summary>True for the one change that a run takes after its terminal event.</summary>
    public bool AfterEnd { get; init; }

    public static RunUpdate Of(RunCommit commit) => new(commit.RunId)
    {
        Key = commit.Key,
        ResultJson = commit.ResultJson,
        Messages = commit.Messages,
        Events = commit.Events,
        Change = commit.Change,
    };

    /// <summary>The rows of the keys of all messages and events.</summary>
    public IEnumerable<string> KeyRows =>
        Messages.Select(m => RunRows.MessageKey(m.Key)).Concat(Events.Where(e => e.Key is not null).Select(e => RunRows.EventKey(e.Key!)));
}

/// <summary>A run's row and the version that was read; no version for a run that is not there yet.</summary>
internal sealed record RunRow(RunRecord Run, ETag? Version);

/// <summary>The transaction of an update on the state of a run that was read: pure, so that it can be planned again after a conflict.</summary>
internal sealed class RunPlan
{
    private const int KeyRowsOfTransaction = RowWrite.MaxRows - 5; // head, run, result, messages, events

    private readonly string _partition;
    private readonly string _writeId;
    private readonly List<RowWrite> _rows = [];
    private readonly List<string> _keyRows = [];
    private RunHead _head;

    private RunPlan(RunHead head, string partition, string writeId) => (_head, _partition, _writeId) = (head, partition, writeId);

    /// <summary>The run as it will be; null when the update does not concern it.</summary>
    public RunRecord? Run { get; private set; }

    /// <summary>A row that proves that this write was made, when the answer to it was lost.</summary>
    public string? Proof { get; private set; }

    public bool IsEmpty => _rows.Count == 0;

    /// <param name="update">What to write. After the terminal event only its result is.</param>
    /// <param name="head">The head as read.</param>
    /// <param name="row">The run's row as read; may be null when the update changes nothing of it.</param>
    /// <param name="known">Rows of keys that the run has.</param>
    /// <param name="logs">Where messages and events go.</param>
    /// <param name="writeId">Names the write.</param>
    public static RunPlan Of(RunUpdate update, RunHead head, RunRow? row, IReadOnlySet<string> known, RunLogs logs, string writeId)
    {
        var plan = new RunPlan(head, TableKeys.Escape(update.RunId), writeId) { Run = row?.Run };
        if (update.Key is not null)
        {
            plan.AddResult(update.Key, update.ResultJson!);
        }
        if (!head.Closed)
        {
            plan.AddMessages(update.Messages, known, logs.Messages);
            plan.AddEvents(update.Events, known, logs.Events);
            plan.ChangeRun(update.Change, row);
        }
        else if (update.AfterEnd)
        {
            plan.ChangeRun(update.Change, row);
        }
        return plan;
    }

    /// <summary>The rows to write: the head and all that was planned.</summary>
    public IReadOnlyList<RowWrite> ToWrites()
    {
        var head = _head with { PendingKeys = [.. _keyRows.Skip(KeyRowsOfTransaction)] };
        var keys = _keyRows.Take(KeyRowsOfTransaction).Select(key => RowWrite.Add(new TableEntity(_partition, key)));
        return [head.ToWrite(_partition), .. _rows, .. keys];
    }

    private void AddResult(string key, string json)
    {
        _head = _head with { Results = _head.Results + 1 };
        var row = new TableEntity(_partition, RunRows.Result(key))
        {
            [RunRows.Key] = key,
            [RunRows.Order] = _head.Results,
            [RunRows.WriteId] = _writeId,
        };
        _rows.Add(RowWrite.Add(row, json));
    }

    private void AddMessages(IReadOnlyList<NewMessage> messages, IReadOnlySet<string> known, PackedLog<StoredMessage> log)
    {
        var added = messages.Where(message => IsNew(RunRows.MessageKey(message.Key), known)).Select(StoredMessage.From).ToList();
        if (added.Count > 0)
        {
            _rows.Add(log.Append(_partition, _head.Messages, added, _writeId));
            _head = _head with { Messages = _head.Messages + added.Count };
        }
    }

    private void AddEvents(IReadOnlyList<NewRunEvent> events, IReadOnlySet<string> known, PackedLog<StoredEvent> log)
    {
        var added = new List<StoredEvent>();
        foreach (var e in events.Where(e => e.Key is null || IsNew(RunRows.EventKey(e.Key), known)))
        {
            added.Add(StoredEvent.From(e));
            if (RunEventTypes.IsTerminal(e.Type))
            {
                _head = _head with { Closed = true };
                break;
            }
        }
        if (added.Count > 0)
        {
            _rows.Add(log.Append(_partition, _head.Events, added, _writeId));
            _head = _head with { Events = _head.Events + added.Count };
            Proof = log.RowKey(_head.Events);
        }
    }

    private void ChangeRun(Func<RunRecord, RunRecord>? change, RunRow? row)
    {
        var changed = change is null || row is null ? row?.Run : change(row.Run);
        if (changed is not null && (row!.Version is null || !ReferenceEquals(changed, row.Run)))
        {
            var entity = new TableEntity(_partition, RunRows.Run);
            var json = AgentJson.Serialize(changed);
            _rows.Add(row.Version is { } version ? RowWrite.Replace(entity, json, version) : RowWrite.Add(entity, json));
            Run = changed;
        }
    }

    private bool IsNew(string keyRow, IReadOnlySet<string> known)
    {
        if (known.Contains(keyRow) || _keyRows.Contains(keyRow))
        {
            return false;
        }
        _keyRows.Add(keyRow);
        return true;
    }
}

/// <summary>The logs of runs.</summary>
internal sealed record RunLogs(PackedLog<StoredMessage> Messages, PackedLog<StoredEvent> Events)
{
    public static RunLogs In(TableClient table) => new(new PackedLog<StoredMessage>(table, "message"), new PackedLog<StoredEvent>(table, "event"));
}
