using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentFunctions.Embedded.DurableTask;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Embedded.Worker;

/// <summary>An instance as the extension prints it. Times are UTC to the second.</summary>
internal sealed record InstancePayload(
    string Name,
    string InstanceId,
    string RuntimeStatus,
    JsonNode? Input,
    JsonNode? CustomStatus,
    JsonNode? Output,
    string CreatedTime,
    string LastUpdatedTime,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonArray? HistoryEvents)
{
    private static readonly JsonSerializerOptions _eventOptions = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The instance, whose inputs and outputs were fetched.</summary>
    public static InstancePayload Of(OrchestrationMetadata instance, bool showInput, IReadOnlyList<HistoryRecord>? history = null) => new(
        instance.Name,
        instance.InstanceId,
        instance.RuntimeStatus.ToString(),
        showInput ? ManagementRequest.ToJson(instance.SerializedInput) : null,
        ManagementRequest.ToJson(instance.SerializedCustomStatus),
        ManagementRequest.ToJson(instance.SerializedOutput) ?? instance.FailureDetails?.ErrorMessage,
        Print(instance.CreatedAt),
        Print(instance.LastUpdatedAt),
        history is null ? null : [.. history.Select(record => Print(record, showInput))]);

    private static string Print(DateTimeOffset time) => $"{time.UtcDateTime:s}Z";

    // As the extension prints it: without the sequence number, the result as JSON, the input as the text that is stored.
    private static JsonNode Print(HistoryRecord record, bool showInput)
    {
        var shown = record with { EventId = null, Input = showInput ? record.Input : null };
        var json = JsonSerializer.SerializeToNode(shown, _eventOptions)!;
        if (record.Result is not null)
            json[nameof(record.Result)] = ManagementRequest.ToJson(record.Result);
        return json;
    }
}
