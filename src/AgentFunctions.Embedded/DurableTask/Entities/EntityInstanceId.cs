using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.DurableTask.Entities;

/// <summary>The id of an entity, written <c>@name@key</c>: a lower-cased name and a key, which keeps its case.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct EntityInstanceId
{
    /// <exception cref="ArgumentException">The name is empty or has an <c>@</c>, or the key is null.</exception>
    public EntityInstanceId(string name, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(key);
        if (name.Contains('@', StringComparison.Ordinal))
            throw new ArgumentException("An entity's name has no '@'.", nameof(name));
        Name = name.ToLowerInvariant();
        Key = key;
    }

    public string Name { get; }

    public string Key { get; }

    /// <exception cref="ArgumentException">It is not of the form <c>@name@key</c>.</exception>
    public static EntityInstanceId FromString(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var separator = instanceId.IndexOf('@', 1);
        if (separator < 0 || instanceId[0] != '@')
            throw new ArgumentException($"'{instanceId}' is not an entity id: it has the form @name@key.", nameof(instanceId));
        return new EntityInstanceId(instanceId[1..separator], instanceId[(separator + 1)..]);
    }

    public override string ToString() => $"@{Name}@{Key}";

    private sealed class Converter : JsonConverter<EntityInstanceId>
    {
        public override EntityInstanceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            FromString(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, EntityInstanceId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
