using System.Globalization;
using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>The SQL of history: one row per episode. Each method is one step of a caller's transaction.</summary>
internal static class HistoryTable
{
    /// <summary>Adds an episode; the row is all that a durable step writes when nobody else is concerned.</summary>
    /// <exception cref="SqliteException">The sequence number is taken: somebody else wrote this instance's history.</exception>
    /// <param name="events">As <see cref="EventFormat.WriteEpisode"/> writes them.</param>
    /// <param name="unfinished">The activities that have no outcome yet.</param>
    public static void Append(
        SqliteConnection connection, long instance, int sequence, DateTime at, ReadOnlySpan<byte> events, IReadOnlyCollection<int> unfinished) =>
        connection.Bulk("INSERT INTO history (instance, sequence, format, recorded_at, unfinished, events) VALUES (?, ?, ?, ?, ?, ?)")
            .Add(instance).Add(sequence).Add(EventFormat.Current).Add(at.Ticks)
            .Add(unfinished.Count == 0 ? null : string.Join(',', unfinished))
            .AddText(events)
            .Execute();

    /// <summary>Puts other episodes in the place of an instance's history.</summary>
    public static void Replace(
        SqliteConnection connection, long instance, IEnumerable<(DateTime At, IReadOnlyList<HistoryEvent> Events)> episodes, IReadOnlyCollection<int> unfinished)
    {
        Delete(connection, instance);
        foreach (var (sequence, (at, events)) in episodes.Index())
        {
            Append(connection, instance, sequence, at, EventFormat.WriteEpisode(at, events), unfinished);
        }
    }

    public static void Delete(SqliteConnection connection, long instance) =>
        connection.Bulk("DELETE FROM history WHERE instance = ?").Add(instance).Execute();

    /// <summary>The current execution's history.</summary>
    public static StoredHistory Read(SqliteConnection connection, long instance)
    {
        var (events, next, unfinished) = (new List<HistoryEvent>(), 0, (string?)null);
        connection.Query(
            "SELECT sequence, format, recorded_at, unfinished, events FROM history WHERE instance = @instance ORDER BY sequence",
            row =>
            {
                (next, unfinished) = (row.GetInt32(0) + 1, row.GetText(3));
                events.AddRange(EventFormat.ReadEpisode(row.GetInt32(1), new DateTime(row.GetInt64(2), DateTimeKind.Utc), row.GetString(4)));
                return true;
            },
            ("@instance", instance));
        return new StoredHistory(events, next, Numbers(unfinished));
    }

    /// <summary>The activities of all instances that have no outcome yet.</summary>
    public static List<ActivityWork> Unfinished(SqliteConnection connection) =>
        [.. WithUnfinished(connection).SelectMany(instance => Unfinished(connection, instance.Number, instance.InstanceId, instance.ExecutionId))];

    private static IEnumerable<ActivityWork> Unfinished(SqliteConnection connection, long number, string instanceId, string executionId)
    {
        var history = Read(connection, number);
        var start = history.Events.OfType<ExecutionStarted>().First();
        return history.Events.OfType<TaskScheduled>()
            .Where(task => history.Unfinished.Contains(task.EventId))
            .Select(task => new ActivityWork(instanceId, executionId, task.EventId, task.Name, task.Input, start.TraceParent));
    }

    private static List<(long Number, string InstanceId, string ExecutionId)> WithUnfinished(SqliteConnection connection) =>
        connection.Query(
            $"""
            SELECT number, instance_id, execution_id FROM instances WHERE status IN {InstanceStatuses.Active}
            AND (SELECT unfinished FROM history WHERE instance = number ORDER BY sequence DESC LIMIT 1) IS NOT NULL
            ORDER BY number
            """,
            row => (row.GetInt64(0), row.GetString(1), row.GetString(2)));

    private static HashSet<int> Numbers(string? text) =>
        text is null ? [] : [.. text.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}

/// <summary>What history says of the current execution.</summary>
/// <param name="Next">The sequence number of the next episode.</param>
/// <param name="Unfinished">The activities that have no outcome yet.</param>
internal sealed record StoredHistory(IReadOnlyList<HistoryEvent> Events, int Next, HashSet<int> Unfinished)
{
    /// <summary>Of an instance that has not begun.</summary>
    public static StoredHistory None => new([], 0, []);
}
