using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>An entity as stored. <c>State</c> is a serialized value; null means that the entity has none.</summary>
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
        (SELECT count(*) FROM inbox WHERE instance_id = entity_id)
        """;

    public static EntityRow? Find(SqliteConnection connection, string entityId) =>
        connection.QueryFirst($"SELECT {Columns} FROM entities WHERE entity_id = @id", Map, ("@id", entityId));

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
    public static List<EntityRow> OrphanedLocks(SqliteConnection connection) =>
        connection.Query($"SELECT {Columns} FROM entities WHERE locked_by IS NOT NULL", Map)
            .FindAll(entity => !InstanceTable.IsActive(connection, entity.LockedBy!, entity.LockedByExecution));

    /// <summary>Removes entities that have no state, no lock and no message, and says how many.</summary>
    public static int RemoveEmpty(SqliteConnection connection) =>
        connection.Execute(
            """
            DELETE FROM entities WHERE state IS NULL AND locked_by IS NULL
            AND NOT EXISTS (SELECT 1 FROM inbox WHERE instance_id = entity_id)
            """);

    /// <summary>One page of entities by id, after <paramref name="after"/>.</summary>
    public static List<EntityRow> Page(SqliteConnection connection, EntityFilter filter, string? after, int size) =>
        connection.Query(
            $"""
            SELECT {Columns} FROM entities
            WHERE entity_id > @after AND (@prefix IS NULL OR substr(entity_id, 1, length(@prefix)) = @prefix)
            AND updated_at >= @from AND updated_at <= @to AND (@stateless OR state IS NOT NULL)
            ORDER BY entity_id LIMIT @size
            """,
            Map,
            ("@after", after ?? ""), ("@prefix", filter.Prefix), ("@from", filter.ModifiedFrom?.Ticks ?? 0),
            ("@to", filter.ModifiedTo?.Ticks ?? long.MaxValue), ("@stateless", filter.IncludeStateless), ("@size", size));

    private static EntityRow Map(SqliteDataReader row) => new(
        row.GetString(0), row.GetText(1), row.GetText(2), row.GetText(3), new DateTime(row.GetInt64(4), DateTimeKind.Utc), row.GetInt32(5));
}
