// Run history straight from the embedded engine.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentFunctions.Embedded.DurableTask;
using AgentFunctions.Runs;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Local;

/// <summary>Events in the shape of the Durable management API; inputs and results, which are stored as text, as the JSON they hold.</summary>
internal sealed class EngineRunHistory(IInstanceHistory history) : IRunHistory
{
    private static readonly string[] _serialized = [nameof(HistoryRecord.Input), nameof(HistoryRecord.Result)];

    private static readonly JsonSerializerOptions _json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public async Task<JsonArray?> GetAsync(DurableTaskClient client, string instanceId, CancellationToken cancellationToken) =>
        await history.GetHistoryAsync(instanceId, includeOutputs: true, cancellationToken) is { } events
            ? new JsonArray([.. events.Select(Json)])
            : null;

    private static JsonNode Json(HistoryRecord record)
    {
        var json = JsonSerializer.SerializeToNode(record, _json)!.AsObject();
        foreach (var member in _serialized)
        {
            if ((string?)json[member] is { } text)
                json[member] = JsonNode.Parse(text);
        }

        return json;
    }
}
