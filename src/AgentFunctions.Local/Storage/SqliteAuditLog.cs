// The audit log in audit.db, a file of its own: nothing that deletes runs or traces opens it.
using AgentFunctions.Audit;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The audit log on SQLite. Each write is one piece of work on the file's writer thread, so the chain has one order.</summary>
/// <param name="database">A database that <see cref="AuditSchema"/> has been applied to.</param>
public sealed class SqliteAuditLog(SqliteDatabase database) : IAuditLog
{
    private const string List = "audit";
    private const int MaxLimit = 200;

    public Task<AuditRecord> AppendAsync(AuditEntry entry, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => Append(connection, entry), cancellationToken);

    public Task<ListPage<AuditRecord>> ListAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        var limit = Math.Clamp(query.Limit, 1, MaxLimit);
        var conditions = Conditions(query);
        var last = conditions.Value(limit + 1); // one more tells whether there is a next page
        return database.ReadAsync(Read, cancellationToken);

        ListPage<AuditRecord> Read(SqliteConnection connection)
        {
            var rows = connection.Query(
                $"SELECT {AuditRows.Columns} FROM audit WHERE {conditions} ORDER BY sequence DESC LIMIT {last}", AuditRows.Read, conditions.Values);
            var next = rows.Count > limit ? new KeysetCursor(rows[limit - 1].Sequence, "").Format(List) : null;
            return new ListPage<AuditRecord>([.. rows.Take(limit)], next);
        }
    }

    public Task<AuditVerification> VerifyAsync(AuditAnchor? anchor = null, CancellationToken cancellationToken = default) =>
        database.ReadAsync(
            connection =>
            {
                var (head, trimmed) = AuditRows.Head(connection);
                var verifier = new AuditVerifier(head, trimmed, anchor);
                connection.Query(
                    $"SELECT {AuditRows.Columns} FROM audit ORDER BY sequence DESC",
                    row =>
                    {
                        verifier.Take(AuditRows.Read(row));
                        return 0;
                    });
                return verifier.Finish();
            },
            cancellationToken);

    public Task<long> TrimAsync(DateTimeOffset before, DateTimeOffset at, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => Trim(connection, before, at), cancellationToken);

    private static AuditRecord Append(SqliteConnection connection, AuditEntry entry)
    {
        if (entry.Key is not null && AuditRows.FindByKey(connection, entry.Key) is { } known)
        {
            return known;
        }
        var record = AuditChain.Next(AuditRows.Head(connection).Head, entry);
        AuditRows.Insert(connection, record);
        return record;
    }

    private static long Trim(SqliteConnection connection, DateTimeOffset before, DateTimeOffset at)
    {
        if (AuditRows.LastBefore(connection, before) is not { } through)
        {
            return 0;
        }
        Append(connection, new AuditEntry { Kind = AuditKinds.Trimmed, At = at, Actor = "system", Details = AuditVerifier.TrimDetails(through) });
        return AuditRows.RemoveThrough(connection, through);
    }

    private static SqlConditions Conditions(AuditQuery query)
    {
        var conditions = new SqlConditions().Between("at", query.From, query.To);
        conditions.Equal("run_id", query.RunId);
        conditions.Equal("session_id", query.SessionId);
        conditions.Equal("user_id", query.UserId);
        conditions.Equal("agent_id", query.AgentId);
        conditions.Equal("actor", query.Actor);
        if (query.Kind is { } kind && kind.EndsWith(".*", StringComparison.Ordinal))
        {
            // '/' is the character after '.'
            conditions.Add($"kind >= {conditions.Value(kind[..^1])} AND kind < {conditions.Value(kind[..^2] + '/')}");
        }
        else
        {
            conditions.Equal("kind", query.Kind);
        }
        if (query.Cursor is not null)
        {
            conditions.Add($"sequence < {conditions.Value(KeysetCursor.Parse(List, query.Cursor).Ticks)}");
        }
        return conditions;
    }
}

/// <summary>The tables of audit.db, row by row.</summary>
internal static class AuditRows
{
    public const string Columns = "sequence, kind, at, actor, run_id, session_id, user_id, agent_id, key, details, previous_hash, hash";

    public static AuditRecord Read(SqliteDataReader row) => new()
    {
        Sequence = row.GetInt64(0),
        Kind = row.GetString(1),
        At = Ticks.ToTime(row.GetInt64(2)),
        Actor = row.GetText(3),
        RunId = row.GetText(4),
        SessionId = row.GetText(5),
        UserId = row.GetText(6),
        AgentId = row.GetText(7),
        Key = row.GetText(8),
        DetailsJson = row.GetString(9),
        PreviousHash = row.GetString(10),
        Hash = row.GetString(11),
    };

    public static AuditRecord? FindByKey(SqliteConnection connection, string key) =>
        connection.QueryFirst($"SELECT {Columns} FROM audit WHERE key = @key", Read, ("@key", key));

    /// <summary>The latest record and the last trimmed one.</summary>
    public static (AuditAnchor? Head, AuditAnchor? Trimmed) Head(SqliteConnection connection) =>
        connection.QueryFirst(
            "SELECT sequence, hash, trimmed_sequence, trimmed_hash FROM audit_head",
            row => ((AuditAnchor?)new AuditAnchor(row.GetInt64(0), row.GetString(1)),
                row.GetText(3) is { } hash ? new AuditAnchor(row.GetInt64(2), hash) : null));

    public static void Insert(SqliteConnection connection, AuditRecord record)
    {
        connection.Execute(
            $"""
            INSERT INTO audit ({Columns})
            VALUES (@sequence, @kind, @at, @actor, @run, @session, @user, @agent, @key, @details, @previous, @hash)
            """,
            ("@sequence", record.Sequence), ("@kind", record.Kind), ("@at", record.At.UtcTicks), ("@actor", record.Actor), ("@run", record.RunId),
            ("@session", record.SessionId), ("@user", record.UserId), ("@agent", record.AgentId), ("@key", record.Key),
            ("@details", record.DetailsJson), ("@previous", record.PreviousHash), ("@hash", record.Hash));
        connection.Execute(
            """
            INSERT INTO audit_head (id, sequence, hash) VALUES (1, @sequence, @hash)
            ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
            """,
            ("@sequence", record.Sequence), ("@hash", record.Hash));
    }

    /// <summary>The last record of those that were all made before a time, not counting the latest record.</summary>
    public static AuditAnchor? LastBefore(SqliteConnection connection, DateTimeOffset before) =>
        connection.QueryFirst(
            """
            SELECT sequence, hash FROM audit
            WHERE sequence < min((SELECT sequence FROM audit_head), ifnull((SELECT min(sequence) FROM audit WHERE at >= @before), 9223372036854775807))
            ORDER BY sequence DESC LIMIT 1
            """,
            row => new AuditAnchor(row.GetInt64(0), row.GetString(1)),
            ("@before", before.UtcTicks));

    public static long RemoveThrough(SqliteConnection connection, AuditAnchor through)
    {
        connection.Execute("UPDATE audit_head SET trimmed_sequence = @sequence, trimmed_hash = @hash", ("@sequence", through.Sequence), ("@hash", through.Hash));
        return connection.Execute("DELETE FROM audit WHERE sequence <= @sequence", ("@sequence", through.Sequence));
    }
}
