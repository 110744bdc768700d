// Spans out of OTLP JSON, from this app's export or from any collector's file.
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Traces;

/// <summary>
/// Reads an ExportTraceServiceRequest. What the store has no place for is passed over: resource attributes, trace state,
/// counts of dropped items; times are cut to 100 ns.
/// </summary>
internal static class OtlpJsonReader
{
    /// <exception cref="InvalidSpanException">A span cannot be used; the message names its place.</exception>
    public static IReadOnlyList<SpanRecord> Read(JsonElement request) =>
    [
        .. from resource in List(request, "resourceSpans")
           from scope in List(resource, "scopeSpans")
           let name = scope.TryGetProperty("scope", out var s) ? Text(s, "name") : null
           from span in List(scope, "spans")
           select Span(span, name),
    ];

    private static SpanRecord Span(JsonElement json, string? scope)
    {
        var attributes = Attributes(json);
        var status = json.TryGetProperty("status", out var s) ? s : default;
        var span = new SpanRecord
        {
            TraceId = Text(json, "traceId") ?? "",
            SpanId = Text(json, "spanId") ?? "",
            ParentSpanId = Text(json, "parentSpanId"),
            Name = Text(json, "name") ?? "",
            Kind = Enum(json, "kind"),
            StartTime = Time(json, "startTimeUnixNano"),
            EndTime = Time(json, "endTimeUnixNano"),
            Status = status.ValueKind == JsonValueKind.Object ? Enum(status, "code") : 0,
            StatusMessage = status.ValueKind == JsonValueKind.Object && Text(status, "message") is { Length: > 0 } message ? message : null,
            Attributes = attributes,
            Events = [.. List(json, "events").Select(Event)],
            Links = [.. List(json, "links").Select(Link)],
            Scope = string.IsNullOrEmpty(scope) ? null : scope,
            Type = Column(attributes, GenAiAttributes.SpanKind),
            RunId = Column(attributes, GenAiAttributes.RunId),
            SessionId = Column(attributes, GenAiAttributes.SessionId) ?? Column(attributes, GenAiAttributes.ConversationId),
            UserId = Column(attributes, GenAiAttributes.UserId),
            AgentId = Column(attributes, GenAiAttributes.AgentId),
            TeamId = Column(attributes, OtlpJson.TeamId),
            WorkflowId = Column(attributes, OtlpJson.WorkflowId),
        };
        return SpanCheck.Checked(span);
    }

    private static JsonObject Event(JsonElement json) => new()
    {
        ["name"] = Text(json, "name") ?? "",
        ["time"] = Time(json, "timeUnixNano").ToString("O", CultureInfo.InvariantCulture),
        ["attributes"] = Attributes(json),
    };

    private static JsonObject Link(JsonElement json) => new()
    {
        ["trace_id"] = SpanCheck.Id(Text(json, "traceId"), 32, "link's trace id"),
        ["span_id"] = SpanCheck.Id(Text(json, "spanId"), 16, "link's span id"),
        ["attributes"] = Attributes(json),
    };

    private static JsonObject Attributes(JsonElement json) => Map(List(json, "attributes"));

    private static JsonObject Map(IEnumerable<JsonElement> pairs)
    {
        var map = new JsonObject();
        foreach (var pair in pairs)
            map[Text(pair, "key") ?? throw new InvalidSpanException("an attribute has no key")] = pair.TryGetProperty("value", out var value) ? Value(value) : null;
        return map;
    }

    private static JsonNode? Value(JsonElement any)
    {
        if (any.ValueKind != JsonValueKind.Object)
            throw new InvalidSpanException("""the value of an attribute is an object such as {"stringValue":"…"}""");
        foreach (var member in any.EnumerateObject())
        {
            switch (member.Name)
            {
                case "stringValue" or "bytesValue":
                    return Text(any, member.Name);
                case "boolValue" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    return member.Value.GetBoolean();
                case "intValue":
                    return Number(member.Value, "intValue");
                case "doubleValue" when member.Value.ValueKind == JsonValueKind.Number:
                    return JsonNode.Parse(member.Value.GetRawText());
                case "doubleValue":
                    return Text(any, member.Name);
                case "arrayValue":
                    return new JsonArray([.. List(member.Value, "values").Select(Value)]);
                case "kvlistValue":
                    return Map(List(member.Value, "values"));
                default:
                    throw new InvalidSpanException($"'{member.Name}' is no attribute value of OTLP, or not of its kind");
            }
        }

        return null;
    }

    private static string? Column(JsonObject attributes, string key) =>
        attributes[key] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static JsonElement[] List(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new InvalidSpanException($"an object that may have '{name}' is expected");
        if (!json.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
            return [];
        return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : throw new InvalidSpanException($"'{name}' must be a list");
    }

    private static string? Text(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var text) || text.ValueKind == JsonValueKind.Null)
            return null;
        if (text.ValueKind != JsonValueKind.String)
            throw new InvalidSpanException($"'{name}' must be a string");
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidSpanException($"'{name}' is not valid Unicode: a \\u escape has no partner", e);
        }
    }

    private static int Enum(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value))
            return 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
            ? number
            : throw new InvalidSpanException($"'{name}' must be a number; enums are numbers in OTLP JSON");
    }

    private static DateTimeOffset Time(JsonElement json, string name)
    {
        var nanoseconds = json.TryGetProperty(name, out var value) ? Number(value, name) : throw new InvalidSpanException($"'{name}' is missing");
        return nanoseconds >= 0
            ? DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw new InvalidSpanException($"'{name}' must not be negative");
    }

    // 64-bit integers are strings in OTLP JSON; plain numbers are taken as well.
    private static long Number(JsonElement value, string name)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidSpanException($"'{name}' must be a whole number, as a string");
    }
}
