using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Azure.Data.Tables;

/// <summary>Entities as JSON with minimal metadata: a type annotation beside each value that JSON cannot tell the type of.</summary>
internal static class TableJson
{
    private const string TypeSuffix = "@odata.type";

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(ITableEntity entity)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, s_options);
        json.WriteStartObject();
        foreach (var (name, value) in entity.As<TableEntity>())
        {
            if (value is not null && name is not TableEntity.ETagName and not nameof(ITableEntity.Timestamp))
            {
                WriteProperty(json, name, value);
            }
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static TableEntity Read(JsonElement json)
    {
        var entity = new TableEntity();
        foreach (var property in json.EnumerateObject())
        {
            var name = property.Name;
            if (name == TableEntity.ETagName || !name.Contains("odata.", StringComparison.Ordinal))
            {
                var type = json.TryGetProperty(name + TypeSuffix, out var annotation) ? annotation.GetString() : null;
                entity[name] = ReadValue(property.Value, name == nameof(ITableEntity.Timestamp) ? "Edm.DateTime" : type);
            }
        }
        return entity;
    }

    /// <summary>The entity as <typeparamref name="T"/>, which must be <see cref="TableEntity"/> in this subset.</summary>
    public static T As<T>(this ITableEntity entity) =>
        entity is T typed ? typed : throw new NotSupportedException($"The embedded table client handles TableEntity, not {typeof(T).Name}.");

    private static void WriteProperty(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case string text: json.WriteString(name, text); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case int number: json.WriteNumber(name, number); break;
            case long number: WriteTyped(json, name, "Edm.Int64", number.ToString(CultureInfo.InvariantCulture)); break;
            case double number: WriteDouble(json, name, number); break;
            case Guid guid: WriteTyped(json, name, "Edm.Guid", guid.ToString()); break;
            case DateTimeOffset time: WriteTyped(json, name, "Edm.DateTime", time.UtcDateTime.ToString("o", CultureInfo.InvariantCulture)); break;
            case byte[] bytes: WriteTyped(json, name, "Edm.Binary", Convert.ToBase64String(bytes)); break;
            default: throw new NotSupportedException($"The property {name} has the type {value.GetType().Name}, which a table cannot store.");
        }
    }

    private static void WriteTyped(Utf8JsonWriter json, string name, string type, string value)
    {
        json.WriteString(name + TypeSuffix, type);
        json.WriteString(name, value);
    }

    private static void WriteDouble(Utf8JsonWriter json, string name, double number)
    {
        json.WriteString(name + TypeSuffix, "Edm.Double");
        if (double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static object? ReadValue(JsonElement value, string? type) => (type, value.ValueKind) switch
    {
        (_, JsonValueKind.Null) => null,
        ("Edm.Int64", _) => long.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        ("Edm.DateTime", _) => DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
        ("Edm.Guid", _) => Guid.Parse(value.GetString()!),
        ("Edm.Binary", _) => value.GetBytesFromBase64(),
        ("Edm.Double", JsonValueKind.String) => double.Parse(value.GetString()!, CultureInfo.InvariantCulture),
        ("Edm.Double", _) => value.GetDouble(),
        (_, JsonValueKind.True) => true,
        (_, JsonValueKind.False) => false,
        (_, JsonValueKind.Number) => value.TryGetInt32(out var number) ? (object)number : value.GetDouble(),
        _ => value.GetString(),
    };
}
