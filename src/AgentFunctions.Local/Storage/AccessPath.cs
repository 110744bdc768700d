using System.Globalization;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>
/// One way to the rows of a list. SQLite would have to guess which filter is rare; <see cref="Choose"/> counts, only as far as
/// it matters, and the list names the index.
/// </summary>
/// <param name="Index">The index that the list is read by.</param>
/// <param name="Count">A query of the rows that the way leads to, <c>FROM</c> on; it must be cheap.</param>
/// <param name="InTimeOrder">Whether the rows come in the order of the list; else they are sorted, and must be few.</param>
/// <param name="Condition">A further condition by which the index is searched; null when the filters say it.</param>
internal sealed record AccessPath(string Index, string Count, bool InTimeOrder = true, string? Condition = null)
{
    private const int Few = 500;

    /// <summary>The way to the fewest rows, if they are few; else the first that needs no sorting.</summary>
    /// <param name="byTime">Reads all rows in order: good when the filters are fulfilled by many.</param>
    public static AccessPath Choose(
        SqliteConnection connection, IReadOnlyList<AccessPath> paths, AccessPath byTime, ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (paths is [{ InTimeOrder: true }])
        {
            return paths[0];
        }
        var (best, least) = (paths.FirstOrDefault(path => path.InTimeOrder) ?? byTime, Few);
        foreach (var path in paths)
        {
            var count = connection.QueryFirst(
                string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM (SELECT 1 FROM {path.Count} LIMIT {Few})"),
                row => row.GetInt32(0),
                values);
            if (count < least)
            {
                (best, least) = (path, count);
            }
        }
        return best;
    }
}
