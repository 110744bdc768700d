using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.DurableTask.Client.Entities;

/// <summary>Writes an entity as JSON: the id as text, and only what is known of the rest.</summary>
internal sealed class EntityMetadataConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => StateType(typeToConvert) is not null;

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter?)Activator.CreateInstance(
            typeof(Writer<,>).MakeGenericType(typeToConvert, StateType(typeToConvert)!));

    private static Type? StateType(Type type)
    {
        if (type == typeof(EntityMetadata))
            return typeof(SerializedData);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(EntityMetadata<>) ? type.GetGenericArguments()[0] : null;
    }

    private sealed class Writer<TEntity, TState> : JsonConverter<TEntity>
        where TEntity : EntityMetadata<TState>
    {
        public override TEntity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("An entity's metadata is written as JSON, not read from it.");

        public override void Write(Utf8JsonWriter writer, TEntity value, JsonSerializerOptions options)
        {
            string Named(string name) => options.PropertyNamingPolicy?.ConvertName(name) ?? name;

            writer.WriteStartObject();
            writer.WriteString(Named(nameof(value.Id)), value.Id.ToString());
            writer.WriteString(Named(nameof(value.LastModifiedTime)), value.LastModifiedTime);
            if (value.BacklogQueueSize > 0)
                writer.WriteNumber(Named(nameof(value.BacklogQueueSize)), value.BacklogQueueSize);
            if (value.LockedBy is { } lockedBy)
                writer.WriteString(Named(nameof(value.LockedBy)), lockedBy);
            if (value.IncludesState)
            {
                writer.WritePropertyName(Named(nameof(value.State)));
                JsonSerializer.Serialize(writer, value.State is SerializedData stored ? stored.Value : (object)value.State, options);
            }

            writer.WriteEndObject();
        }
    }
}
