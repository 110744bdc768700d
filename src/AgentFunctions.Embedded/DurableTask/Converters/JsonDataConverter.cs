using System.Text.Json;

namespace Microsoft.DurableTask.Converters;

/// <summary>The default <see cref="DataConverter"/>: System.Text.Json, fields included.</summary>
public class JsonDataConverter : DataConverter
{
    // Stored histories were written with these options: a change here breaks orchestrations in flight.
    private static readonly JsonSerializerOptions _defaultOptions = new() { IncludeFields = true };

    private readonly JsonSerializerOptions _options;

    public JsonDataConverter(JsonSerializerOptions? options = null) => _options = options ?? _defaultOptions;

    public static JsonDataConverter Default { get; } = new();

    public override string? Serialize(object? value) =>
        value is null ? null : JsonSerializer.Serialize(value, _options);

    public override object? Deserialize(string? data, Type targetType) =>
        data is null ? null : JsonSerializer.Deserialize(data, targetType, _options);
}
