using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;
using AgentFunctions.Runs;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>A row of a list: the list, the place in it, and the id of what is there.</summary>
internal sealed record ListEntry(string List, string Place, string Id);

/// <summary>
/// Ordered lists of ids, a partition each. A list may name too much, never too little: its row is written before the thing
/// it names is, and whoever reads it asks the thing itself whether it belongs there.
/// </summary>
internal sealed partial class ListTable(TableClient table)
{
    private const string Id = "Id";
    private const int MaxPage = 200;
    private const int LoadedAtOnce = 32;

    public Task AddAsync(IEnumerable<ListEntry> entries, CancellationToken cancellationToken) =>
        Task.WhenAll(entries.Select(entry =>
            table.UpsertEntityAsync(new TableEntity(entry.List, entry.Place) { [Id] = entry.Id }, TableUpdateMode.Replace, cancellationToken)));

    public Task RemoveAsync(IEnumerable<ListEntry> entries, CancellationToken cancellationToken) =>
        Task.WhenAll(entries.Select(entry => table.DeleteEntityAsync(entry.List, entry.Place, cancellationToken: cancellationToken)));

    /// <summary>One page of a list.</summary>
    /// <param name="list">The list.</param>
    /// <param name="range">Places from the first on and before the second.</param>
    /// <param name="limit">The page's length; at most 200 is given.</param>
    /// <param name="cursor">Where an earlier page ended, or null.</param>
    /// <param name="load">Reads what an entry names; null when it is not there, or not here.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="FormatException">The cursor is not one of ours.</exception>
    public async Task<ListPage<T>> ReadPageAsync<T>(
        string list, (string From, string To) range, int limit, string? cursor, Func<ListEntry, Task<T?>> load, CancellationToken cancellationToken)
        where T : class
    {
        limit = Math.Clamp(limit, 1, MaxPage);
        var from = cursor is null ? range.From : Later(range.From, ReadCursor(cursor) + '\0');
        var found = new List<(string Place, T Item)>();
        await foreach (var item in ReadAsync(list, (from, range.To), limit + 1, load, cancellationToken))
        {
            found.Add(item);
            if (found.Count > limit)
            {
                break;
            }
        }
        return new ListPage<T>([.. found.Take(limit).Select(f => f.Item)], found.Count > limit ? Cursor(found[limit - 1].Place) : null);
    }

    /// <summary>What a list names, in its order.</summary>
    public async IAsyncEnumerable<(string Place, T Item)> ReadAsync<T>(
        string list, (string From, string To) range, int expected, Func<ListEntry, Task<T?>> load,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var rows = table.QueryAsync<TableEntity>(TableKeys.Between(list, range.From, range.To), Math.Clamp(expected, 1, 1000), cancellationToken: cancellationToken);
        await foreach (var page in rows.AsPages().WithCancellation(cancellationToken))
        {
            foreach (var chunk in page.Values.Chunk(LoadedAtOnce))
            {
                var loaded = await Task.WhenAll(chunk.Select(async row => (row.RowKey, Item: await load(new ListEntry(list, row.RowKey, row.GetString(Id)!)))));
                foreach (var (place, item) in loaded.Where(l => l.Item is not null))
                {
                    yield return (place, item!);
                }
            }
        }
    }

    private static string Later(string a, string b) => string.CompareOrdinal(a, b) >= 0 ? a : b;

    private static string Cursor(string place) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(place));

    private static string ReadCursor(string cursor)
    {
        var place = Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : "";
        return Place().IsMatch(place) ? place : throw new FormatException("The cursor is not one that this list issued. Start again without a cursor.");
    }

    [GeneratedRegex(@"^[0-9]{19}:[A-Za-z0-9_.:~-]+$")]
    private static partial Regex Place();
}
