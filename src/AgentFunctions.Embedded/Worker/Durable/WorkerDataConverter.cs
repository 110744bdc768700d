using System.Text.Json;
using Microsoft.DurableTask;

namespace AgentFunctions.Embedded.Worker;

/// <summary>
/// Writes durable values as Azure's worker does: by what they are, not by what they are derived from. A value whose base type lists
/// kinds (<c>[JsonDerivedType]</c>) therefore has no kind at the root, only where a property or an element is of the base type.
/// </summary>
internal sealed class WorkerDataConverter(JsonSerializerOptions options) : DataConverter
{
    public override string? Serialize(object? value) => value is null ? null : JsonSerializer.Serialize(value, value.GetType(), options);

    public override object? Deserialize(string? data, Type targetType) => data is null ? null : JsonSerializer.Deserialize(data, targetType, options);
}
