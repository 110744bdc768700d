// Checks a log from its latest record back to its beginning, or to where it was trimmed.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;

namespace AgentFunctions.Audit;

/// <summary>Takes all records, latest first, and says whether each is the one that was appended.</summary>
public sealed class AuditVerifier
{
    private readonly AuditAnchor? _head;
    private readonly AuditAnchor? _trimmed;
    private readonly AuditAnchor? _anchor;
    private long _count;

    // What the record after it names: the sequence, and the hash unless the record after it is itself not to be trusted.
    private (long Sequence, string? Hash) _expected;
    private bool _sawTrim;
    private bool _sawAnchor;
    private (long Sequence, string Problem)? _broken;

    /// <param name="head">What the store holds as the latest record.</param>
    /// <param name="trimmed">The last record that was removed on purpose; null when none was.</param>
    /// <param name="anchor">A place that was noted elsewhere, or null.</param>
    public AuditVerifier(AuditAnchor? head, AuditAnchor? trimmed, AuditAnchor? anchor) =>
        (_head, _trimmed, _anchor, _expected) = (head, trimmed, anchor, (head?.Sequence ?? trimmed?.Sequence ?? 0, head?.Hash ?? trimmed?.Hash ?? AuditChain.Beginning));

    /// <summary>The details of an entry that says up to where the log was trimmed.</summary>
    public static JsonObject TrimDetails(AuditAnchor through) => new() { ["through_sequence"] = through.Sequence, ["through_hash"] = through.Hash };

    /// <summary>Takes the next record.</summary>
    public void Take(AuditRecord record)
    {
        _count++;
        var next = _expected.Sequence;
        if (record.Sequence > next)
            Break(record.Sequence, "The record has no place in the chain: it was inserted, or the end of the log was put back.");
        else if (record.Sequence < next)
            Break(record.Sequence + 1, $"The records {record.Sequence + 1} to {next} are missing.");
        var isWhole = AuditChain.HashOf(record) == record.Hash;
        if (!isWhole)
            Break(record.Sequence, "The record was changed: its hash is not that of its content.");
        else if (record.Sequence == next && _expected.Hash is { } hash && record.Hash != hash)
            Break(record.Sequence, "The record is not the one that was appended here: what follows it names another hash.");
        CheckAnchors(record);
        _expected = (record.Sequence - 1, isWhole ? record.PreviousHash : null);
    }

    /// <summary>The finding, when all records were taken.</summary>
    public AuditVerification Finish()
    {
        var (sequence, hash) = (_trimmed?.Sequence ?? 0, _trimmed?.Hash ?? AuditChain.Beginning);
        if (_expected.Sequence > sequence)
            Break(sequence + 1, $"The records {sequence + 1} to {_expected.Sequence} are missing.");
        else if (_expected.Hash is { } first && first != hash)
            Break(sequence + 1, "The first record does not follow what was before it.");
        if (_trimmed is not null && !_sawTrim)
            Break(sequence + 1, $"The log begins after record {sequence}, and no entry '{AuditKinds.Trimmed}' in it says so.");
        if (_anchor is not null && !_sawAnchor && _anchor != _trimmed && _anchor.Sequence >= sequence)
            Break(Math.Min(_anchor.Sequence, (_head?.Sequence ?? 0) + 1), $"The log has no record {_anchor.Sequence} with the hash that was noted: its end was cut off, or it was rewritten.");
        return new AuditVerification(_count, _head, _broken?.Sequence, _broken?.Problem);
    }

    private void CheckAnchors(AuditRecord record)
    {
        _sawTrim |= record.Kind == AuditKinds.Trimmed && _trimmed is not null && record.DetailsJson == TrimDetails(_trimmed).ToJsonString(AgentJson.Options);
        _sawAnchor |= _anchor is not null && _anchor.Sequence == record.Sequence && _anchor.Hash == record.Hash;
    }

    private void Break(long sequence, string problem)
    {
        if (_broken is null || sequence < _broken.Value.Sequence)
            _broken = (sequence, problem);
    }
}
