using System.Runtime.InteropServices;
using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>
/// One page of a table with a <c>record</c> column, latest first. A page starts after the last row of the one before, not at
/// a count of rows, so rows that arrive meanwhile shift nothing.
/// </summary>
internal sealed class KeysetQuery
{
    private const int MaxLimit = 200;

    private readonly string _table;
    private readonly string _time;
    private readonly string _id;
    private readonly int _limit;
    private readonly List<string> _conditions = ["1"];
    private readonly List<(string Name, object? Value)> _parameters = [];

    /// <param name="time">The column of ticks that orders the list.</param>
    /// <param name="id">The unique column that orders rows of the same time.</param>
    /// <param name="cursor">The cursor of the page before, or null for the first page.</param>
    /// <exception cref="FormatException">Not a cursor of this list.</exception>
    public KeysetQuery(string table, string time, string id, string? cursor, int limit)
    {
        (_table, _time, _id, _limit) = (table, time, id, Math.Clamp(limit, 1, MaxLimit));
        if (cursor is not null)
        {
            var last = KeysetCursor.Parse(table, cursor);
            _conditions.Add($"({time}, {id}) < (@lastTime, @lastId)");
            _parameters.AddRange([("@lastTime", last.Ticks), ("@lastId", last.Id)]);
        }
        _parameters.Add(("@limit", _limit + 1)); // one more tells whether there is a next page
    }

    /// <summary>Keeps the rows whose column has this value; null keeps all.</summary>
    public KeysetQuery Where(string column, string? value) => Add($"{column} = @{column}", $"@{column}", value);

    /// <summary>Adds a condition without values.</summary>
    public KeysetQuery When(bool applies, string condition)
    {
        if (applies)
        {
            _conditions.Add(condition);
        }
        return this;
    }

    /// <summary>Keeps the rows from one time on and before another; null does not limit.</summary>
    public KeysetQuery Between(DateTimeOffset? from, DateTimeOffset? to) =>
        Add($"{_time} >= @from", "@from", from?.UtcTicks).Add($"{_time} < @to", "@to", to?.UtcTicks);

    public ListPage<T> Read<T>(SqliteConnection connection)
    {
        // The text has as many forms as there are sets of filters: few enough to be kept prepared.
        var rows = connection.Query(
            $"SELECT record, {_time}, {_id} FROM {_table} WHERE {string.Join(" AND ", _conditions)} ORDER BY {_time} DESC, {_id} DESC LIMIT @limit",
            row => (Record: row.GetString(0), Key: new KeysetCursor(row.GetInt64(1), row.GetString(2))),
            CollectionsMarshal.AsSpan(_parameters));
        var items = rows.Take(_limit).Select(row => AgentJson.Deserialize<T>(row.Record)).ToList();
        return new ListPage<T>(items, rows.Count > _limit ? rows[_limit - 1].Key.Format(_table) : null);
    }

    private KeysetQuery Add(string condition, string name, object? value)
    {
        if (value is not null)
        {
            _conditions.Add(condition);
            _parameters.Add((name, value));
        }
        return this;
    }
}
