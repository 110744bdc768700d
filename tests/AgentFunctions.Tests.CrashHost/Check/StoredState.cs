using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.CrashHost.Work;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>The database as plain SQL finds it. All SQL of the checker is here and in <see cref="Backlog"/>.</summary>
internal sealed class StoredState
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNameCaseInsensitive = true };

    private StoredState(string path, SqliteConnection connection)
    {
        Path = path;
        Integrity = Query(connection, "PRAGMA integrity_check", row => row.GetString(0));
        Instances = Query(connection, "SELECT instance_id, status, output FROM instances", ReadInstance).ToDictionary(instance => instance.Id);
        Entities = Query(connection, "SELECT entity_id, state, locked_by FROM entities", row =>
            new StoredEntity(row.GetString(0), Text(row, 1), Text(row, 2))).ToDictionary(entity => entity.Id);
        Inboxes = Query(connection, "SELECT instance_id FROM inbox", row => row.GetString(0));
        OrphanedHistories = Query(connection, "SELECT DISTINCT instance FROM history WHERE instance NOT IN (SELECT number FROM instances)", row => row.GetInt64(0));
    }

    public string Path { get; }

    /// <summary>What SQLite says of the file: "ok" if nothing is wrong.</summary>
    public IReadOnlyList<string> Integrity { get; }

    public IReadOnlyDictionary<string, StoredInstance> Instances { get; }

    public IReadOnlyDictionary<string, StoredEntity> Entities { get; }

    /// <summary>Whom each message that was not processed is for.</summary>
    public IReadOnlyList<string> Inboxes { get; }

    /// <summary>The numbers of instances that are gone, but whose history is not.</summary>
    public IReadOnlyList<long> OrphanedHistories { get; }

    public static StoredState Read(string path)
    {
        using var connection = Open(path);
        return new StoredState(path, connection);
    }

    /// <summary>The history of an instance as it is stored, for a person to read.</summary>
    public string HistoryOf(string instanceId)
    {
        using var connection = Open(Path);
        var text = new StringBuilder();
        foreach (var row in Query(connection, $"SELECT history.* FROM history JOIN instances ON number = instance WHERE instance_id = '{instanceId}' ORDER BY sequence", PrintRow))
            text.AppendLine(row);
        return text.ToString();
    }

    /// <summary>The entity's state, or an empty one if it has none.</summary>
    public T StateOf<T>(string entityId)
        where T : new() =>
        Entities.GetValueOrDefault(entityId)?.State is { } state ? JsonSerializer.Deserialize<T>(state, _json)! : new T();

    public static SqliteConnection Open(string path)
    {
        SqliteNative.Load();
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    public static List<T> Query<T>(SqliteConnection connection, string sql, Func<SqliteDataReader, T> read)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    private static StoredInstance ReadInstance(SqliteDataReader row)
    {
        var status = row.GetInt32(1) switch { 1 => "Completed", 3 => "Failed", 5 => "Terminated", var other => $"status {other}" };
        var output = status == "Completed" && Text(row, 2) is { } text ? JsonSerializer.Deserialize<Outcome>(text, _json) : null;
        return new StoredInstance(row.GetString(0), status, output);
    }

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static string PrintRow(SqliteDataReader row) =>
        string.Join(" | ", Enumerable.Range(0, row.FieldCount).Select(column => row.GetValue(column) switch
        {
            byte[] bytes => Encoding.UTF8.GetString(bytes),
            var value => Convert.ToString(value, CultureInfo.InvariantCulture),
        }));
}

/// <param name="Output">What it returned, if it completed.</param>
internal sealed record StoredInstance(string Id, string Status, Outcome? Output)
{
    public bool HasEnded => Status is "Completed" or "Failed" or "Terminated";
}

internal sealed record StoredEntity(string Id, string? State, string? LockedBy);

/// <summary>What the engine still has to do, looked up from outside while it runs.</summary>
internal static class Backlog
{
    /// <summary>Waits until nothing is left to do, or gives up: then the checker says what was stuck.</summary>
    public static async Task UntilEmptyAsync(string path, TimeSpan limit)
    {
        const string Sql = """
            SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM instances WHERE status NOT IN (1, 3, 5))
                 + (SELECT count(*) FROM entities WHERE locked_by IS NOT NULL)
            """;
        using var connection = StoredState.Open(path);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            while (StoredState.Query(connection, Sql, row => row.GetInt64(0)).Single() > 0)
                await timer.WaitForNextTickAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // what is left is in the evidence
        }
    }
}
