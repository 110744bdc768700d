// The full-text index of one folder: SQLite FTS5 in memory, ranked by BM25.
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tools.Retrieval;

/// <summary>Not thread-safe. Gone with the process: a folder is read faster than a stale index is doubted.</summary>
internal sealed partial class SearchIndex : IDisposable
{
    private readonly SqliteConnection _connection = new("Data Source=:memory:");

    public SearchIndex()
    {
        _connection.Open();
        Execute("CREATE VIRTUAL TABLE part USING fts5(title, text, path UNINDEXED, number UNINDEXED, tokenize = 'porter unicode61 remove_diacritics 2')");
    }

    public void Add(string path, DocumentText document)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var (index, text) in document.Parts.Index())
            Execute("INSERT INTO part (title, text, path, number) VALUES ($title, $text, $path, $number)",
                ("$title", document.Title), ("$text", text), ("$path", path), ("$number", index + 1));
        transaction.Commit();
    }

    public void Remove(string path) => Execute("DELETE FROM part WHERE path = $path", ("$path", path));

    /// <summary>The <paramref name="k"/> parts that have any of the query's words, best first. A word in the title counts thrice.</summary>
    public IReadOnlyList<FoundDocument> Search(string query, int k)
    {
        var found = new List<FoundDocument>();
        var words = Word().Matches(query).Select(word => $"\"{word.Value}\"").Distinct().ToList();
        if (words.Count == 0)
            return found;
        using var command = Command(
            "SELECT path, number, title, text, bm25(part, 3.0, 1.0) AS score FROM part WHERE part MATCH $query ORDER BY score, rowid LIMIT $k",
            ("$query", string.Join(" OR ", words)), ("$k", k));
        using var reader = command.ExecuteReader();
        // SQLite gives the better match the smaller number.
        while (reader.Read())
            found.Add(new FoundDocument($"{reader.GetString(0)}#{reader.GetInt32(1)}", reader.GetString(2), reader.GetString(0), reader.GetString(3), -reader.GetDouble(4)));
        return found;
    }

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using var command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params (string Name, object Value)[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    // Quoted words only: nothing that a model writes is read as an operator of the query language.
    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
