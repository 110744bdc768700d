using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>An entity as stored. <c>State</c> is a serialized value; null means that the entity has none.</summary>
/// <param name="Backlog">How many messages are due and not processed.</param>
internal sealed record EntityRow(string EntityId, string? State, string? LockedBy, string? LockedByExecution, DateTime UpdatedAt, int Backlog = 0)
{
    public bool IsLockedBy(string instanceId, string executionId) => LockedBy == instanceId && LockedByExecution == executionId;
}

/// <summary>Which entities a query means; null means any.</summary>
internal sealed record EntityFilter(string? Prefix, DateTime? ModifiedFrom, DateTime? ModifiedTo, bool IncludeStateless);

/// <summary>The SQL of entities. Each method is one step of a caller's transaction.</summary>
internal static class EntityTable
{
    private const string Columns =
        """
        entity_id, state, locked_by, locked_by_execution, updated_at,
        (SELECT count(*) FROM inbox WHERE instance_id = entity_id AND due_at <= @now)
        """;

    public static EntityRow? Find(SqliteConnection connection, string entityId, DateTime now) =>
        connection.QueryFirst($"SELECT {Columns} FROM entities WHERE entity_id = @id", Map, ("@id", entityId), ("@now", now.Ticks));

    public static void Save(Outbox outbox, EntityRow entity) =>
        outbox.Connection.Execute(
            """
            INSERT INTO entities (entity_id, state, locked_by, locked_by_execution, updated_at) VALUES (@id, @state, @locked, @execution, @now)
            ON CONFLICT (entity_id) DO UPDATE SET state = excluded.state, locked_by = excluded.locked_by,
                locked_by_execution = excluded.locked_by_execution, updated_at = excluded.updated_at
            """,
            ("@id", entity.EntityId), ("@state", entity.State), ("@locked", entity.LockedBy),
            ("@execution", entity.LockedByExecution), ("@now", outbox.Now.Ticks));

    /// <summary>The entities whose lock this execution holds.</summary>
    public static List<string> LockedBy(SqliteConnection connection, InstanceRow instance) =>
        connection.Query(
            "SELECT entity_id FROM entities WHERE locked_by = @instance AND locked_by_execution = @execution",
            row => row.GetString(0), ("@instance", instance.InstanceId), ("@execution", instance.ExecutionId));

    /// <summary>Locks whose holder is not running any more.</summary>
    public static List<EntityRow> OrphanedLocks(Outbox outbox) =>
        outbox.Connection.Query($"SELECT {Columns} FROM entities WHERE locked_by IS NOT NULL", Map, ("@now", outbox.Now.Ticks))
            .FindAll(entity => !InstanceTable.IsActive(outbox.Connection, entity.LockedBy!, entity.LockedByExecution));

    /// <summary>Removes entities that have no state, no lock and no due message, and says how many. What comes later finds a new entity.</summary>
    public static int RemoveEmpty(Outbox outbox) =>
        outbox.Connection.Execute(
            """
            DELETE FROM entities WHERE state IS NULL AND locked_by IS NULL
            AND NOT EXISTS (SELECT 1 FROM inbox WHERE instance_id = entity_id AND due_at <= @now)
            """,
            ("@now", outbox.Now.Ticks));

    /// <summary>Removes the entity, its lock included. False if there is none of that id.</summary>
    public static bool Delete(SqliteConnection connection, string entityId) =>
        connection.Execute("DELETE FROM entities WHERE entity_id = @id", ("@id", entityId)) == 1;

    /// <summary>One page of entities by id, after <paramref name="after"/>.</summary>
    public static List<EntityRow> Page(SqliteConnection connection, EntityFilter filter, string? after, int size, DateTime now) =>
        connection.Query(
            $"""
            SELECT {Columns} FROM entities
            WHERE entity_id > @after AND (@prefix IS NULL OR substr(entity_id, 1, length(@prefix)) = @prefix)
            AND updated_at >= @from AND updated_at <= @to AND (@stateless OR state IS NOT NULL)
            ORDER BY entity_id LIMIT @size
            """,
            Map,
            ("@after", after ?? ""), ("@prefix", filter.Prefix), ("@from", filter.ModifiedFrom?.Ticks ?? 0),
            ("@to", filter.ModifiedTo?.Ticks ?? long.MaxValue), ("@stateless", filter.IncludeStateless), ("@size", size), ("@now", now.Ticks));

    private static EntityRow Map(SqliteDataReader row) => new(
        row.GetString(0), row.GetText(1), row.GetText(2), row.GetText(3), new DateTime(row.GetInt64(4), DateTimeKind.Utc), row.GetInt32(5));
}
