// The tables `runs` and `results`, row by row.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Runs;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Local.Storage;

internal static class RunRows
{
    public static string Word(RunStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    public static RunRecord? Find(SqliteConnection connection, string runId) =>
        connection.QueryFirst(
            "SELECT record FROM runs WHERE run_id = @run", row => AgentJson.Deserialize<RunRecord>(row.GetString(0)), ("@run", runId));

    public static void Require(SqliteConnection connection, string runId)
    {
        if (!connection.QueryFirst("SELECT 1 FROM runs WHERE run_id = @run", _ => true, ("@run", runId)))
        {
            throw new KeyNotFoundException($"There is no run '{runId}'. Create it before writing to it.");
        }
    }

    /// <summary>Writes the whole row: one statement, so that the columns never differ from the record.</summary>
    public static void Save(SqliteConnection connection, RunRecord run) =>
        connection.Execute(
            """
            INSERT INTO runs (run_id, agent_id, session_id, user_id, model, status, created_at, session_position, trace_incomplete, parent_run_id, depth, record)
            VALUES (@run, @agent, @session, @user, @model, @status, @created, @position, @incomplete, @parent, @depth, @record)
            ON CONFLICT (run_id) DO UPDATE SET
                agent_id = excluded.agent_id, session_id = excluded.session_id, user_id = excluded.user_id, model = excluded.model,
                status = excluded.status, created_at = excluded.created_at, session_position = excluded.session_position,
                trace_incomplete = excluded.trace_incomplete, parent_run_id = excluded.parent_run_id, depth = excluded.depth, record = excluded.record
            """,
            ("@run", run.RunId), ("@agent", run.AgentId), ("@session", run.SessionId), ("@user", run.UserId), ("@model", run.Model),
            ("@status", Word(run.Status)), ("@created", run.CreatedAt.UtcTicks), ("@position", run.SessionPosition),
            ("@incomplete", run.TraceIncomplete ? 1 : 0), ("@parent", run.ParentRunId), ("@depth", run.Depth), ("@record", AgentJson.Serialize(run)));

    /// <summary>Removes a finished run; its results, messages and events go with the row.</summary>
    public static bool Delete(SqliteConnection connection, string runId)
    {
        if (Find(connection, runId) is { IsFinished: false })
        {
            throw new InvalidOperationException($"Run '{runId}' is not finished. Cancel it and wait for its end before removing it.");
        }
        return connection.Execute("DELETE FROM runs WHERE run_id = @run", ("@run", runId)) == 1;
    }

    public static IReadOnlyList<RunRecord> ListUnfinished(SqliteConnection connection, DateTimeOffset createdBefore, int limit, RunRecord? after) =>
        connection.Query(
            """
            SELECT record FROM runs WHERE status IN ('pending', 'running', 'paused') AND created_at < @before
                AND (created_at, run_id) > (@after, @run)
            ORDER BY created_at, run_id LIMIT @limit
            """,
            row => AgentJson.Deserialize<RunRecord>(row.GetString(0)),
            ("@before", createdBefore.UtcTicks), ("@after", after?.CreatedAt.UtcTicks ?? -1), ("@run", after?.RunId ?? ""), ("@limit", limit));

    public static IReadOnlyList<RunRecord> ListUntraced(SqliteConnection connection, int limit) =>
        connection.Query(
            """
            SELECT record FROM runs WHERE trace_incomplete = 1 AND status NOT IN ('pending', 'running', 'paused')
            ORDER BY created_at, run_id LIMIT @limit
            """,
            row => AgentJson.Deserialize<RunRecord>(row.GetString(0)),
            ("@limit", Math.Max(limit, 0)));
}

internal static class ResultRows
{
    public static string? Find(SqliteConnection connection, string runId, string key) =>
        connection.QueryFirst(
            "SELECT result FROM results WHERE run_id = @run AND key = @key", row => row.GetString(0), ("@run", runId), ("@key", key));

    public static void Insert(SqliteConnection connection, string runId, string key, string result) =>
        connection.Execute(
            "INSERT INTO results (run_id, key, result) VALUES (@run, @key, @result)", ("@run", runId), ("@key", key), ("@result", result));

    public static IReadOnlyList<RunResult> List(SqliteConnection connection, string runId) =>
        connection.Query(
            "SELECT key, result FROM results WHERE run_id = @run ORDER BY id",
            row => new RunResult(row.GetString(0), row.GetString(1)),
            ("@run", runId));
}
