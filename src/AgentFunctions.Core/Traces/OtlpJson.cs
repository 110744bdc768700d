// Stored spans as OTLP JSON: hex ids, 64-bit integers as strings, enums as numbers, lowerCamelCase.
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Traces;

/// <summary>Writes spans as one ExportTraceServiceRequest; <see cref="OtlpJsonReader"/> reads them back.</summary>
internal static class OtlpJson
{
    /// <summary>Columns that OTLP has no field for are attributes there; spans of ours carry them as such already.</summary>
    public static readonly (string Attribute, Func<SpanRecord, string?> Value)[] Columns =
    [
        (GenAiAttributes.SpanKind, s => s.Type),
        (GenAiAttributes.RunId, s => s.RunId),
        (GenAiAttributes.SessionId, s => s.SessionId),
        (GenAiAttributes.UserId, s => s.UserId),
        (GenAiAttributes.AgentId, s => s.AgentId),
        (TeamId, s => s.TeamId),
        (WorkflowId, s => s.WorkflowId),
    ];

    public const string TeamId = "agentfunctions.team.id";
    public const string WorkflowId = "agentfunctions.workflow.id";

    public static void Write(Utf8JsonWriter json, IEnumerable<SpanRecord> spans, string serviceName)
    {
        json.WriteStartObject();
        json.WriteStartArray("resourceSpans");
        json.WriteStartObject();
        json.WriteStartObject("resource");
        WriteAttributes(json, [KeyValuePair.Create("service.name", (JsonNode?)serviceName)]);
        json.WriteEndObject();
        json.WriteStartArray("scopeSpans");
        foreach (var scope in spans.GroupBy(s => s.Scope))
            WriteScope(json, scope.Key, scope);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteScope(Utf8JsonWriter json, string? name, IEnumerable<SpanRecord> spans)
    {
        json.WriteStartObject();
        json.WriteStartObject("scope");
        if (name is not null)
            json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteStartArray("spans");
        foreach (var span in spans)
            WriteSpan(json, span);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter json, SpanRecord span)
    {
        json.WriteStartObject();
        json.WriteString("traceId", span.TraceId);
        json.WriteString("spanId", span.SpanId);
        if (span.ParentSpanId is not null)
            json.WriteString("parentSpanId", span.ParentSpanId);
        json.WriteString("name", span.Name);
        json.WriteNumber("kind", span.Kind);
        json.WriteString("startTimeUnixNano", Nanoseconds(span.StartTime));
        json.WriteString("endTimeUnixNano", Nanoseconds(span.EndTime));
        var columns = Columns.Where(c => c.Value(span) is not null && !span.Attributes.ContainsKey(c.Attribute));
        WriteAttributes(json, span.Attributes.Concat(columns.Select(c => KeyValuePair.Create(c.Attribute, (JsonNode?)c.Value(span)))));
        WriteEvents(json, span.Events);
        WriteLinks(json, span.Links);
        json.WriteStartObject("status");
        if (span.StatusMessage is not null)
            json.WriteString("message", span.StatusMessage);
        json.WriteNumber("code", span.Status);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter json, JsonArray events)
    {
        if (events.Count == 0)
            return;
        json.WriteStartArray("events");
        foreach (var e in events)
        {
            json.WriteStartObject();
            json.WriteString("timeUnixNano", SpanCheck.TryTime((string?)e!["time"] ?? "", out var time) ? Nanoseconds(time) : "0");
            json.WriteString("name", (string?)e["name"]);
            WriteAttributes(json, e["attributes"]?.AsObject() ?? []);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLinks(Utf8JsonWriter json, JsonArray links)
    {
        if (links.Count == 0)
            return;
        json.WriteStartArray("links");
        foreach (var link in links)
        {
            json.WriteStartObject();
            json.WriteString("traceId", (string?)link!["trace_id"]);
            json.WriteString("spanId", (string?)link["span_id"]);
            WriteAttributes(json, link["attributes"]?.AsObject() ?? []);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteAttributes(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, JsonNode?>> attributes)
    {
        json.WriteStartArray("attributes");
        WriteKeyValues(json, attributes);
        json.WriteEndArray();
    }

    private static void WriteKeyValues(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, JsonNode?>> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WritePropertyName("value");
            WriteValue(json, value);
            json.WriteEndObject();
        }
    }

    // An AnyValue without a member is null.
    private static void WriteValue(Utf8JsonWriter json, JsonNode? value)
    {
        json.WriteStartObject();
        switch (value)
        {
            case JsonArray list:
                json.WriteStartObject("arrayValue");
                json.WriteStartArray("values");
                foreach (var item in list)
                    WriteValue(json, item);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case JsonObject map:
                json.WriteStartObject("kvlistValue");
                json.WriteStartArray("values");
                WriteKeyValues(json, map);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case JsonValue plain:
                WritePlain(json, plain);
                break;
        }

        json.WriteEndObject();
    }

    private static void WritePlain(Utf8JsonWriter json, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                json.WriteString("stringValue", value.GetValue<string>());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                json.WriteBoolean("boolValue", value.GetValue<bool>());
                break;
            case JsonValueKind.Number:
                var text = value.ToJsonString();
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
                    json.WriteString("intValue", whole.ToString(CultureInfo.InvariantCulture));
                else
                    json.WriteNumber("doubleValue", double.Parse(text, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Nanoseconds(DateTimeOffset time) =>
        ((time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * (decimal)TimeSpan.NanosecondsPerTick).ToString("0", CultureInfo.InvariantCulture);
}
