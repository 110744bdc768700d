// Approvals on state.db.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

/// <summary>The approval store on state.db. A write is one piece of work on the writer thread: what it reads cannot change before it writes.</summary>
/// <param name="database">A database that <see cref="StateSchema"/> has been applied to.</param>
public sealed class SqliteApprovalStore(SqliteDatabase database) : IApprovalStore, IApprovalErasure
{
    public Task<ApprovalRecord> OpenAsync(ApprovalRecord approval, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => ApprovalRows.Find(connection, approval.Id) ?? ApprovalRows.Save(connection, approval), cancellationToken);

    public Task<ApprovalRecord?> GetAsync(string id, CancellationToken cancellationToken = default) =>
        database.ReadAsync(connection => ApprovalRows.Find(connection, id), cancellationToken);

    public Task<ApprovalRecord?> ChangeAsync(string id, Func<ApprovalRecord, ApprovalRecord> change, CancellationToken cancellationToken = default) =>
        database.WriteAsync(
            connection => ApprovalRows.Find(connection, id) is { } approval ? ApprovalRows.Save(connection, change(approval)) : null,
            cancellationToken);

    public Task DeleteApprovalsAsync(string runId, CancellationToken cancellationToken = default) =>
        database.WriteAsync(connection => connection.Execute("DELETE FROM approvals WHERE run_id = @run", ("@run", runId)), cancellationToken);

    public Task<ListPage<ApprovalRecord>> ListAsync(ApprovalQuery query, CancellationToken cancellationToken = default)
    {
        var list = new KeysetQuery("approvals", "created_at", "id", query.Cursor, query.Limit)
            .Where("status", WordOf(query.Status))
            .Where("source_type", WordOf(query.SourceType))
            .Where("pause_type", WordOf(query.PauseType))
            .Where("run_id", query.RunId)
            .Where("session_id", query.SessionId)
            .Where("agent_id", query.AgentId)
            .Where("team_id", query.TeamId)
            .Where("workflow_id", query.WorkflowId)
            .Where("user_id", query.UserId)
            .Between(query.From, query.To);
        return database.ReadAsync(list.Read<ApprovalRecord>, cancellationToken);
    }

    public Task<ApprovalCount> CountAsync(ApprovalQuery query, int most, CancellationToken cancellationToken = default)
    {
        var conditions = ConditionsOf(query);
        var limit = conditions.Value(most);
        return database.ReadAsync(
            connection => connection.QueryFirst(
                $"SELECT count(*), min(created_at) FROM (SELECT created_at FROM approvals WHERE {conditions} ORDER BY created_at LIMIT {limit})",
                row => new ApprovalCount(row.GetInt32(0), row.IsDBNull(1) ? null : Ticks.ToTime(row.GetInt64(1))),
                conditions.Values)!,
            cancellationToken);
    }

    private static SqlConditions ConditionsOf(ApprovalQuery query)
    {
        var conditions = new SqlConditions();
        conditions.Equal("status", WordOf(query.Status));
        conditions.Equal("source_type", WordOf(query.SourceType));
        conditions.Equal("pause_type", WordOf(query.PauseType));
        conditions.Equal("run_id", query.RunId);
        conditions.Equal("session_id", query.SessionId);
        conditions.Equal("agent_id", query.AgentId);
        conditions.Equal("team_id", query.TeamId);
        conditions.Equal("workflow_id", query.WorkflowId);
        conditions.Equal("user_id", query.UserId);
        return conditions.Between("created_at", query.From, query.To);
    }

    private static string? WordOf<T>(T? value) where T : struct, Enum => value is { } word ? AgentJson.Word(word) : null;
}

/// <summary>The table <c>approvals</c>.</summary>
internal static class ApprovalRows
{
    public static ApprovalRecord? Find(SqliteConnection connection, string id) => connection.QueryFirst(
        "SELECT record FROM approvals WHERE id = @id", row => AgentJson.Deserialize<ApprovalRecord>(row.GetString(0)), ("@id", id));

    /// <summary>Writes the whole row: one statement, so that the columns never differ from the record.</summary>
    public static ApprovalRecord Save(SqliteConnection connection, ApprovalRecord approval)
    {
        connection.Execute(
            """
            INSERT INTO approvals (id, run_id, session_id, status, source_type, approval_type, pause_type, tool_name, tool_args, expires_at, agent_id,
                team_id, workflow_id, user_id, source_name, requirements, context, resolution_data, resolved_by, resolved_at, created_at, updated_at, record)
            VALUES (@id, @run, @session, @status, @source, 'required', @pause, @tool, @arguments, @expires, @agent,
                @team, @workflow, @user, @sourceName, @requirements, @context, @resolution, @by, @resolved, @created, @updated, @record)
            ON CONFLICT (id) DO UPDATE SET
                status = excluded.status, resolution_data = excluded.resolution_data, resolved_by = excluded.resolved_by,
                resolved_at = excluded.resolved_at, updated_at = excluded.updated_at, record = excluded.record
            """,
            ("@id", approval.Id), ("@run", approval.RunId), ("@session", approval.SessionId), ("@status", AgentJson.Word(approval.Status)),
            ("@source", AgentJson.Word(approval.SourceType)), ("@pause", AgentJson.Word(approval.PauseType)), ("@tool", approval.ToolName),
            ("@arguments", approval.Arguments?.GetRawText()), ("@expires", approval.ExpiresAt?.UtcTicks), ("@agent", approval.AgentId),
            ("@team", approval.TeamId), ("@workflow", approval.WorkflowId), ("@user", approval.UserId), ("@sourceName", ApprovalJson.SourceName(approval)),
            ("@requirements", ApprovalJson.Requirements(approval).ToJsonString()), ("@context", ApprovalJson.Context(approval).ToJsonString()),
            ("@resolution", ApprovalJson.Resolution(approval)?.ToJsonString()), ("@by", approval.ResolvedBy), ("@resolved", approval.ResolvedAt?.UtcTicks),
            ("@created", approval.CreatedAt.UtcTicks), ("@updated", approval.UpdatedAt.UtcTicks), ("@record", AgentJson.Serialize(approval)));
        return approval;
    }
}
