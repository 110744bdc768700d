using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>Searches of text without case, of every alphabet: SQLite's own LIKE knows the case of ASCII only. NULL for NULL.</summary>
internal static class SqliteTextFunctions
{
    public static void Add(SqliteConnection connection)
    {
        connection.CreateFunction<string?, string?, bool?>(
            "contains_ignoring_case",
            (text, part) => part is null ? null : text?.Contains(part, StringComparison.OrdinalIgnoreCase),
            isDeterministic: true);
        connection.CreateFunction<string?, string?, bool?>(
            "starts_ignoring_case",
            (text, start) => start is null ? null : text?.StartsWith(start, StringComparison.OrdinalIgnoreCase),
            isDeterministic: true);
    }
}
