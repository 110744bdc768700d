using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// Short ways to run SQL. A statement is prepared once per connection and reused, so its text must be constant:
/// values go into parameters, written <c>("@name", value)</c>; null becomes NULL.
/// </summary>
public static class SqliteStatements
{
    private static readonly ConditionalWeakTable<SqliteConnection, Dictionary<string, SqliteCommand>> _prepared = [];
    private static readonly ConditionalWeakTable<SqliteConnection, Dictionary<string, SqliteBulkStatement>> _bulk = [];

    /// <summary>Runs one statement and returns the number of rows it changed.</summary>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Prepare(connection, sql, parameters).ExecuteNonQuery();

    /// <summary>Runs a script of several statements, such as a migration. It is not kept.</summary>
    public static void ExecuteScript(this SqliteConnection connection, string script)
    {
        using var command = connection.CreateCommand();
        command.CommandText = script;
        command.ExecuteNonQuery();
    }

    /// <summary>Reads every row. <paramref name="map"/> must not run the same statement again.</summary>
    public static List<T> Query<T>(
        this SqliteConnection connection, string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Prepare(connection, sql, parameters).ExecuteReader();
        return ReadAll(reader, map);
    }

    /// <summary>Reads the first row, or <c>default</c> if there is none.</summary>
    public static T? QueryFirst<T>(
        this SqliteConnection connection, string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Prepare(connection, sql, parameters).ExecuteReader();
        return reader.Read() ? map(reader) : default;
    }

    /// <summary>Reads every row of a query whose text is made for one use: it is not kept prepared.</summary>
    public static List<T> QueryOnce<T>(
        this SqliteConnection connection, string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Bind(command, parameters);
        using var reader = command.ExecuteReader();
        return ReadAll(reader, map);
    }

    /// <summary>A statement for very many rows, prepared once per connection.</summary>
    /// <param name="sql">Constant text with parameters <c>?</c>.</param>
    public static SqliteBulkStatement Bulk(this SqliteConnection connection, string sql)
    {
        var statements = _bulk.GetValue(connection, static _ => new Dictionary<string, SqliteBulkStatement>(StringComparer.Ordinal));
        if (!statements.TryGetValue(sql, out var statement))
        {
            statement = new SqliteBulkStatement(connection, sql);
            statements.Add(sql, statement);
        }
        return statement.Restart();
    }

    /// <summary>A text column that may be NULL.</summary>
    public static string? GetText(this SqliteDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);

    /// <summary>An integer column that may be NULL.</summary>
    public static long? GetInteger(this SqliteDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetInt64(ordinal);

    /// <summary>The key of the row that was inserted last.</summary>
    internal static long LastId(this SqliteConnection connection) => raw.sqlite3_last_insert_rowid(connection.Handle);

    /// <summary>False also when SQLite has ended the transaction itself, as it does after some errors of the disk.</summary>
    internal static bool IsInTransaction(this SqliteConnection connection) => raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <summary>Closes the connection and the statements kept for it.</summary>
    internal static void CloseWithStatements(this SqliteConnection connection)
    {
        Release(_prepared, connection);
        Release(_bulk, connection);
        connection.Dispose();
    }

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var commands = _prepared.GetValue(connection, static _ => new Dictionary<string, SqliteCommand>(StringComparer.Ordinal));
        if (!commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            commands.Add(sql, command);
        }
        command.Parameters.Clear();
        Bind(command, parameters);
        return command;
    }

    private static void Bind(SqliteCommand command, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }
    }

    private static List<T> ReadAll<T>(SqliteDataReader reader, Func<SqliteDataReader, T> map)
    {
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }
        return rows;
    }

    private static void Release<T>(ConditionalWeakTable<SqliteConnection, Dictionary<string, T>> kept, SqliteConnection connection)
        where T : IDisposable
    {
        if (!kept.TryGetValue(connection, out var statements))
        {
            return;
        }
        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }
        kept.Remove(connection);
    }
}
