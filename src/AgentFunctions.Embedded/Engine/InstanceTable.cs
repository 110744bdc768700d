using System.Globalization;
using System.Text.Json;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>The SQL of orchestration instances. Each method is one step of a caller's transaction.</summary>
internal static class InstanceTable
{
    private const string Columns =
        """
        instance_id, execution_id, name, status, created_at,
        max(updated_at, coalesce((SELECT recorded_at FROM history WHERE instance = number ORDER BY sequence DESC LIMIT 1), 0)),
        input, output, custom_status, failure, tags, number
        """;

    public static InstanceRow? Find(SqliteConnection connection, string instanceId) =>
        connection.QueryFirst($"SELECT {Columns} FROM instances WHERE instance_id = @id", Map, ("@id", instanceId));

    public static bool IsActive(SqliteConnection connection, string instanceId, string? executionId = null) =>
        connection.QueryFirst(
            $"""
            SELECT 1 FROM instances WHERE instance_id = @id AND status IN {InstanceStatuses.Active}
            AND (@execution IS NULL OR execution_id = @execution)
            """,
            _ => true, ("@id", instanceId), ("@execution", executionId));

    /// <summary>Creates the instance, in place of an ended one of the same id. False if the id is taken.</summary>
    public static bool TryStart(Outbox outbox, StartRequest request)
    {
        if (Find(outbox.Connection, request.InstanceId) is { } existing)
        {
            if (!existing.Status.HasEnded() || request.Keep.Contains(existing.Status))
            {
                return false;
            }
            Delete(outbox.Connection, existing);
        }
        var executionId = Outbox.NewId();
        outbox.Connection.Bulk(
            """
            INSERT INTO instances (instance_id, execution_id, name, status, created_at, updated_at, input, tags, parent_instance_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
            .Add(request.InstanceId).Add(executionId).Add(request.Name).Add((int)InstanceStatus.Pending)
            .Add(outbox.Now.Ticks).Add(outbox.Now.Ticks).Add(request.Input)
            .Add(request.Tags is { Count: > 0 } tags ? JsonSerializer.Serialize(tags) : null).Add(request.Parent?.InstanceId)
            .Execute();
        var instance = NewRow(outbox.Connection.LastId(), executionId, request, outbox.Now);
        var start = new ExecutionStarted(outbox.Now, request.Name, request.Input, request.Parent, request.TraceParent);
        outbox.SendStart(instance, start, dueAt: request.StartAt > outbox.Now ? request.StartAt : null);
        outbox.Changed[request.InstanceId] = new InstanceChange(InstanceStatus.Pending);
        return true;
    }

    /// <summary>Writes where the episode left the instance.</summary>
    public static void Update(Outbox outbox, InstanceRow instance, Episode episode)
    {
        var ended = episode.Status.HasEnded();
        outbox.Connection.Bulk(
            """
            UPDATE instances SET status = ?, updated_at = ?, completed_at = ?, output = ?, failure = ?,
                custom_status = CASE WHEN ? THEN ? ELSE custom_status END
            WHERE number = ?
            """)
            .Add((int)episode.Status).Add(outbox.Now.Ticks).Add(ended ? outbox.Now.Ticks : null)
            .Add(episode.Output).Add(episode.Failure is { } failure ? EventFormat.Write(failure) : null)
            .Add(episode.CustomStatusChanged ? 1 : 0).Add(episode.CustomStatus).Add(instance.Number)
            .Execute();
    }

    /// <summary>Takes the end of an instance back.</summary>
    public static void Reopen(Outbox outbox, InstanceRow instance, InstanceStatus status) =>
        outbox.Connection.Execute(
            "UPDATE instances SET status = @status, updated_at = @now, completed_at = NULL, output = NULL, failure = NULL WHERE number = @number",
            ("@status", (int)status), ("@now", outbox.Now.Ticks), ("@number", instance.Number));

    /// <summary>Begins the next execution of an instance that continues as new: no history, a new input.</summary>
    public static void BeginNextExecution(Outbox outbox, InstanceRow instance, string? input)
    {
        HistoryTable.Delete(outbox.Connection, instance.Number);
        outbox.Connection.Execute(
            "UPDATE instances SET execution_id = @execution, input = @input, status = @status WHERE number = @number",
            ("@execution", Outbox.NewId()), ("@input", input), ("@status", (int)InstanceStatus.Running), ("@number", instance.Number));
    }

    public static List<string> Children(SqliteConnection connection, string instanceId) =>
        connection.Query("SELECT instance_id FROM instances WHERE parent_instance_id = @id", row => row.GetString(0), ("@id", instanceId));

    /// <summary>Removes every trace of the instance.</summary>
    public static void Delete(SqliteConnection connection, InstanceRow instance)
    {
        HistoryTable.Delete(connection, instance.Number);
        connection.Execute("DELETE FROM inbox WHERE instance_id = @id", ("@id", instance.InstanceId));
        connection.Execute("DELETE FROM instances WHERE number = @number", ("@number", instance.Number));
    }

    /// <summary>One page of instances by creation time, after <paramref name="after"/>.</summary>
    public static List<InstanceRow> Page(SqliteConnection connection, InstanceFilter filter, (DateTime CreatedAt, string InstanceId)? after, int size)
    {
        var statuses = filter.Statuses is null ? null : "," + string.Join(',', filter.Statuses.Select(status => ((int)status).ToString(CultureInfo.InvariantCulture))) + ",";
        return connection.Query(
            $"""
            SELECT {Columns} FROM instances
            WHERE (created_at, instance_id) > (@after_time, @after_id)
            AND created_at >= @from AND created_at <= @to
            AND (@statuses IS NULL OR instr(@statuses, ',' || status || ',') > 0)
            AND (@prefix IS NULL OR substr(instance_id, 1, length(@prefix)) = @prefix)
            ORDER BY created_at, instance_id LIMIT @size
            """,
            Map,
            ("@after_time", after?.CreatedAt.Ticks ?? -1), ("@after_id", after?.InstanceId ?? ""),
            ("@from", filter.CreatedFrom?.Ticks ?? 0), ("@to", filter.CreatedTo?.Ticks ?? long.MaxValue),
            ("@statuses", statuses), ("@prefix", filter.Prefix), ("@size", size));
    }

    private static InstanceRow NewRow(long number, string executionId, StartRequest request, DateTime now) => new()
    {
        Number = number,
        InstanceId = request.InstanceId,
        ExecutionId = executionId,
        Name = request.Name,
        Status = InstanceStatus.Pending,
        CreatedAt = now,
        UpdatedAt = now,
        Input = request.Input,
        Tags = request.Tags ?? new Dictionary<string, string>(),
    };

    private static InstanceRow Map(SqliteDataReader row) => new()
    {
        InstanceId = row.GetString(0),
        ExecutionId = row.GetString(1),
        Name = row.GetString(2),
        Status = (InstanceStatus)row.GetInt32(3),
        CreatedAt = new DateTime(row.GetInt64(4), DateTimeKind.Utc),
        UpdatedAt = new DateTime(row.GetInt64(5), DateTimeKind.Utc),
        Input = row.GetText(6),
        Output = row.GetText(7),
        CustomStatus = row.GetText(8),
        Failure = row.GetText(9) is { } failure ? EventFormat.ReadFailure(failure) : null,
        Tags = row.GetText(10) is { } tags ? JsonSerializer.Deserialize<Dictionary<string, string>>(tags)! : [],
        Number = row.GetInt64(11),
    };
}

/// <summary>Which instances a query means; null means any.</summary>
internal sealed record InstanceFilter(
    DateTime? CreatedFrom = null, DateTime? CreatedTo = null, IReadOnlyCollection<InstanceStatus>? Statuses = null, string? Prefix = null);
