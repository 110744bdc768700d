using System.Globalization;
using System.Runtime.CompilerServices;
using AgentFunctions.Agents;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// A numbered log in a partition: one row per append, keyed by the number of its last item, so that a long append is one
/// row and reading on after any number is one range query.
/// </summary>
internal sealed class PackedLog<T>(TableClient table, string name)
{
    private const string Count = "Count";

    /// <param name="partitionKey">The partition.</param>
    /// <param name="last">The number of the log's last item so far.</param>
    /// <param name="items">What to append.</param>
    /// <param name="writeId">Names the write, to recognize it when its answer was lost.</param>
    public RowWrite Append(string partitionKey, long last, IReadOnlyList<T> items, string writeId) => RowWrite.Add(
        new TableEntity(partitionKey, RowKey(last + items.Count)) { [Count] = items.Count, [RunRows.WriteId] = writeId },
        AgentJson.Serialize(items));

    /// <summary>The items after a number, in order, fetched in parts of at most <paramref name="rows"/> appends.</summary>
    /// <remarks>Stops before a gap: the rows behind it were committed while this read was under way, as was the one it missed.</remarks>
    public async IAsyncEnumerable<(long Number, T Item)> ReadAsync(string partitionKey, long after, int? rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = after + 1;
        var filter = TableKeys.Between(partitionKey, RowKey(next), TableKeys.After(Prefix));
        await foreach (var row in table.QueryAsync<TableEntity>(filter, rows, cancellationToken: cancellationToken))
        {
            var first = LastOf(row) - row.GetInt32(Count)!.Value + 1;
            if (first > next)
            {
                yield break;
            }
            var items = AgentJson.Deserialize<List<T>>((await table.ReadTextAsync(row, cancellationToken))!);
            for (; next < first + items.Count; next++)
            {
                yield return (next, items[(int)(next - first)]);
            }
        }
    }

    public string RowKey(long last) => Prefix + last.ToString("D19", CultureInfo.InvariantCulture);

    private string Prefix => $"{name}:";

    private long LastOf(TableEntity row) => long.Parse(row.RowKey.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);
}
