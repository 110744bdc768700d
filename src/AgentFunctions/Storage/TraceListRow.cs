using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// One row of a list: a trace that has spans in a minute. The row in whose minute the trace starts has
/// <see cref="Start"/>, if the trace itself belongs to the list and not only some of its spans.
/// </summary>
internal sealed record TraceListRow(string Partition, string Key, string TraceId)
{
    private const string Trace = "Trace";

    public DateTimeOffset? Start { get; init; }

    /// <summary>Slim spans that started in the minute, in rows of the list of all traces; empty in others.</summary>
    public IReadOnlyList<SpanRecord> Spans { get; init; } = [];

    /// <summary>About what the trace takes, in rows of the list by end.</summary>
    public long? Bytes { get; init; }

    /// <summary>The properties that a reader of places needs.</summary>
    public static IReadOnlyList<string> Columns { get; } = [nameof(TableEntity.PartitionKey), nameof(TableEntity.RowKey), Trace, nameof(Start)];

    /// <summary>The properties that a reader of sizes needs.</summary>
    public static IReadOnlyList<string> SizeColumns { get; } = [nameof(TableEntity.PartitionKey), nameof(TableEntity.RowKey), Trace, nameof(Bytes), nameof(TableEntity.Timestamp)];

    /// <summary>True when both would be stored alike.</summary>
    public bool IsSame(TraceListRow other) =>
        this with { Spans = [] } == other with { Spans = [] } && SlimSpans.AreSame(Spans, other.Spans);

    public TableEntity ToRow()
    {
        var row = new TableEntity(Partition, Key) { [Trace] = TraceId };
        if (Start is { } start)
        {
            row[nameof(Start)] = start.UtcTicks;
        }
        if (Bytes is { } bytes)
        {
            row[nameof(Bytes)] = bytes;
        }
        if (Spans.Count > 0)
        {
            SlimSpans.Set(row, Spans);
        }
        return row;
    }

    public static TraceListRow Read(TableEntity row) => new(row.PartitionKey, row.RowKey, row.GetString(Trace)!)
    {
        Start = row.GetInt64(nameof(Start)) is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
        Bytes = row.GetInt64(nameof(Bytes)),
        Spans = SlimSpans.Get(row),
    };
}
