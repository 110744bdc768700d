// The rows of a run's partition.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>Keys and properties of the rows of a run, whose partition is named by the run's id.</summary>
internal static class RunRows
{
    public const string Head = "head";
    public const string Run = "run";
    public const string ResultPrefix = "result:";

    /// <summary>Property: the write that made a row.</summary>
    public const string WriteId = "WriteId";

    /// <summary>Properties of a result: its key as given, and its place among the commits.</summary>
    public const string Key = "Key";
    public const string Order = "Order";

    public static string Result(string key) => ResultPrefix + TableKeys.Escape(key);

    public static string EventKey(string key) => "eventkey:" + TableKeys.Escape(key);

    public static string MessageKey(string key) => "messagekey:" + TableKeys.Escape(key);
}

/// <summary>
/// The head of a run's partition: how far its logs are. Every write replaces it under its version, which puts the writes of
/// a run in one order.
/// </summary>
/// <param name="Closed">True after the terminal event.</param>
/// <param name="CreationId">The write that created the run.</param>
internal sealed record RunHead(long Events, long Messages, int Results, bool Closed, string CreationId)
{
    /// <summary>Rows of keys that did not fit the transaction of a write; the next write inserts them before its own.</summary>
    public IReadOnlyList<string> PendingKeys { get; init; } = [];

    /// <summary>The version that was read; none for a run that is not there yet.</summary>
    public ETag? Version { get; init; }

    public static async Task<RunHead?> ReadAsync(TableClient table, string partition, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(partition, RunRows.Head, cancellationToken: cancellationToken);
        if (!response.HasValue)
        {
            return null;
        }
        var row = response.Value!;
        var pending = await table.ReadTextAsync(row, cancellationToken);
        return new RunHead(
            row.GetInt64(nameof(Events))!.Value, row.GetInt64(nameof(Messages))!.Value, row.GetInt32(nameof(Results))!.Value,
            row.GetBoolean(nameof(Closed))!.Value, row.GetString(nameof(CreationId))!)
        {
            PendingKeys = pending is null ? [] : AgentJson.Deserialize<List<string>>(pending),
            Version = row.ETag,
        };
    }

    public RowWrite ToWrite(string partition)
    {
        var row = new TableEntity(partition, RunRows.Head)
        {
            [nameof(Events)] = Events,
            [nameof(Messages)] = Messages,
            [nameof(Results)] = Results,
            [nameof(Closed)] = Closed,
            [nameof(CreationId)] = CreationId,
        };
        var pending = PendingKeys.Count == 0 ? null : AgentJson.Serialize(PendingKeys);
        return Version is { } version ? RowWrite.Replace(row, pending, version) : RowWrite.Add(row, pending);
    }
}

/// <summary>An event as its log row holds it; its number is its place.</summary>
internal sealed record StoredEvent(string Type, System.Text.Json.Nodes.JsonObject Data, DateTimeOffset Timestamp)
{
    public static StoredEvent From(NewRunEvent e) => new(e.Type, e.Data, e.Timestamp);

    public RunEvent ToEvent(string runId, long number) => new(runId, number, Type, Data, Timestamp);
}

/// <summary>A message as its log row holds it; its position is its place.</summary>
internal sealed record StoredMessage(int Step, Message Message, DateTimeOffset CreatedAt)
{
    public static StoredMessage From(NewMessage message) => new(message.Step, message.Message, message.CreatedAt);

    public RunMessage ToMessage(string runId, long number) => new(runId, (int)number, Step, Message, CreatedAt);
}
