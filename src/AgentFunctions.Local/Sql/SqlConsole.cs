using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AgentFunctions.Local.Sql;

/// <summary>
/// SQL over the data folder, for people: the views <c>agno_traces</c>, <c>agno_spans</c>, <c>agno_sessions</c>,
/// <c>agno_team_sessions</c>, <c>agno_workflow_sessions</c> and <c>agno_approvals</c>, and the tables behind them. Nothing can be
/// written. The server may run beside it.
/// </summary>
/// <remarks>SQLite's SQL with <c>NOW()</c> (seconds since 1970, as all times of the views), <c>INTERVAL '1 hour'</c> and <c>x::date</c>.</remarks>
public sealed class SqlConsole : IDisposable
{
    /// <summary>SQLITE_LIMIT_ATTACHED, which the binding has no name for.</summary>
    private const int AttachedLimit = 7;

    private static readonly TimeSpan _defaultTimeout = TimeSpan.FromSeconds(30);

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;

    private SqlConsole(SqliteConnection connection, TimeProvider time) => (_connection, _time) = (connection, time);

    /// <param name="dataDirectory">Where state.db and traces.db are. Without state.db there are no approvals.</param>
    /// <exception cref="InvalidOperationException">There is no traces.db that this version can read.</exception>
    public static SqlConsole Open(string dataDirectory, TimeProvider? time = null)
    {
        SqliteNative.Load();
        var traces = Path.Combine(dataDirectory, "traces.db");
        if (!File.Exists(traces))
        {
            throw new InvalidOperationException($"There is no {traces}. Start the server once, or name its folder with --data.");
        }
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = traces,
            Mode = SqliteOpenMode.ReadOnly,
            Pooling = false,
        }.ToString());
        try
        {
            connection.Open();
            var console = new SqlConsole(connection, time ?? TimeProvider.System);
            console.Prepare(Path.Combine(dataDirectory, "state.db"));
            return console;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs one query. Rows are read as they are enumerated, once; dispose the result.</summary>
    /// <param name="maxRows">Rows after these are left out; <see cref="SqlResult.Truncated"/> tells.</param>
    /// <param name="timeout">For the whole query, reading included; default 30 s.</param>
    /// <exception cref="SqliteException">SQLite refuses the query; the message says why.</exception>
    /// <exception cref="FormatException">An interval cannot be read.</exception>
    /// <exception cref="TimeoutException">The query takes longer.</exception>
    public SqlResult Query(string sql, int maxRows = 1000, TimeSpan? timeout = null)
    {
        var limit = timeout ?? _defaultTimeout;
        var command = _connection.CreateCommand();
        command.CommandText = PostgresForms.Translate(sql);
        var timer = new CancellationTokenSource(limit, _time);
        timer.Token.Register(() => raw.sqlite3_interrupt(_connection.Handle));
        try
        {
            return new SqlResult(command, Guard(command.ExecuteReader, limit, timer.Token), maxRows, read => Guard(read, limit, timer.Token), timer);
        }
        catch
        {
            timer.Dispose();
            command.Dispose();
            throw;
        }
    }

    public void Dispose() => _connection.Dispose();

    private void Prepare(string state)
    {
        var hasState = File.Exists(state);
        if (hasState)
        {
            using var attach = _connection.CreateCommand();
            attach.CommandText = "ATTACH @state AS state";
            attach.Parameters.AddWithValue("@state", new UriBuilder { Scheme = "file", Host = "", Path = state, Query = "mode=ro" }.Uri.AbsoluteUri);
            attach.ExecuteNonQuery();
        }
        using var views = _connection.CreateCommand();
        views.CommandText = "SELECT count(*) FROM sqlite_master WHERE type = 'view' AND name = 'agno_spans'";
        if (views.ExecuteScalar() is not 1L)
        {
            throw new InvalidOperationException($"{_connection.DataSource} was written by an older version. Start the server once; it brings the file up to date.");
        }
        _connection.CreateFunction("now", () => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
        _ = raw.sqlite3_limit(_connection.Handle, AttachedLimit, hasState ? 1 : 0); // no ATTACH, and no VACUUM INTO a new file
    }

    private static T Guard<T>(Func<T> work, TimeSpan limit, CancellationToken expired)
    {
        try
        {
            return work();
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT && expired.IsCancellationRequested)
        {
            throw new TimeoutException($"The query took longer than {limit.TotalSeconds:0.#} s. Narrow it by time, or give it a LIMIT.", e);
        }
    }
}

/// <summary>The rows of one query.</summary>
public sealed class SqlResult : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteDataReader _reader;
    private readonly int _maxRows;
    private readonly Func<Func<bool>, bool> _guard;
    private readonly CancellationTokenSource _timer;

    internal SqlResult(SqliteCommand command, SqliteDataReader reader, int maxRows, Func<Func<bool>, bool> guard, CancellationTokenSource timer)
    {
        (_command, _reader, _maxRows, _guard, _timer) = (command, reader, maxRows, guard, timer);
        Columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
    }

    public IReadOnlyList<string> Columns { get; }

    /// <summary>Whether rows were left out; known after the last one is read.</summary>
    public bool Truncated { get; private set; }

    /// <summary>Values as string, long, double, byte[] or null, in the order of <see cref="Columns"/>.</summary>
    public IEnumerable<IReadOnlyList<object?>> Rows()
    {
        for (var count = 0; _guard(_reader.Read); count++)
        {
            if (count == _maxRows)
            {
                Truncated = true;
                yield break;
            }
            yield return [.. Enumerable.Range(0, _reader.FieldCount).Select(n => _reader.IsDBNull(n) ? null : _reader.GetValue(n))];
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _command.Dispose();
        _timer.Dispose();
    }
}
