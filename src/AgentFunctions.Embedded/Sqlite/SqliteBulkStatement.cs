using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// One statement for very many rows. Values are bound by position, straight to SQLite, which takes a fraction of the time of
/// named parameters. Ask <see cref="SqliteStatements.Bulk"/> for it before each row; it belongs to the connection.
/// </summary>
public sealed class SqliteBulkStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _text = new byte[256];
    private int _position;

    internal SqliteBulkStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_database, sql, out _statement), _database);
    }

    /// <summary>Begins with the first parameter, also when the row before was given up half bound.</summary>
    internal SqliteBulkStatement Restart()
    {
        _position = 0;
        return this;
    }

    /// <summary>Binds the next parameter.</summary>
    public SqliteBulkStatement Add(long? value) => value is { } number
        ? Check(raw.sqlite3_bind_int64(_statement, ++_position, number))
        : AddNull();

    /// <inheritdoc cref="Add(long?)"/>
    public SqliteBulkStatement Add(double? value) => value is { } number
        ? Check(raw.sqlite3_bind_double(_statement, ++_position, number))
        : AddNull();

    /// <inheritdoc cref="Add(long?)"/>
    public SqliteBulkStatement Add(string? value)
    {
        if (value is null)
        {
            return AddNull();
        }
        var size = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (size > _text.Length)
        {
            _text = new byte[size];
        }
        return AddText(_text.AsSpan(0, Encoding.UTF8.GetBytes(value, _text)));
    }

    /// <summary>Binds the next parameter to text that is UTF-8 already.</summary>
    public SqliteBulkStatement AddText(ReadOnlySpan<byte> utf8) => Check(raw.sqlite3_bind_text(_statement, ++_position, utf8));

    /// <summary>Runs the statement with the values bound to it; returns how many rows it changed.</summary>
    public int Execute()
    {
        var result = raw.sqlite3_step(_statement);
        _ = raw.sqlite3_reset(_statement);
        SqliteException.ThrowExceptionForRC(result == raw.SQLITE_DONE ? raw.SQLITE_OK : result, _database);
        return raw.sqlite3_changes(_database);
    }

    public void Dispose() => _statement.Dispose();

    private SqliteBulkStatement AddNull() => Check(raw.sqlite3_bind_null(_statement, ++_position));

    private SqliteBulkStatement Check(int result)
    {
        SqliteException.ThrowExceptionForRC(result, _database);
        return this;
    }
}
