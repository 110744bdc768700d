// What a span from outside must fulfil before it is stored.
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Traces;

/// <summary>A line of an import that holds no usable span; the message says what is wrong with it.</summary>
public sealed class InvalidSpanException(string message, Exception? inner = null) : Exception(message, inner);

internal static class SpanCheck
{
    private static readonly DateTimeOffset _latest = new(2262, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The span with times in UTC and ids in lower case.</summary>
    /// <exception cref="InvalidSpanException">It cannot be stored and read back.</exception>
    public static SpanRecord Checked(SpanRecord span)
    {
        var times = span.StartTime >= DateTimeOffset.UnixEpoch && span.EndTime >= span.StartTime && span.EndTime < _latest;
        Require(times, "a span starts after 1970 and ends, before 2262, when it starts or later");
        Require(span.Name.Length > 0, "a span needs a name");
        Require(span.Kind is >= 0 and <= 5, "the kind is 0 to 5: internal 1, server 2, client 3, producer 4, consumer 5");
        Require(span.Status is >= 0 and <= 2, "the status is 0 (unset), 1 (ok) or 2 (error)");
        foreach (var e in span.Events)
            CheckEvent(e);
        foreach (var link in span.Links)
            CheckLink(link);
        CheckText(span);
        return span with
        {
            TraceId = Id(span.TraceId, 32, "trace id"),
            SpanId = Id(span.SpanId, 16, "span id"),
            ParentSpanId = string.IsNullOrEmpty(span.ParentSpanId) ? null : Id(span.ParentSpanId, 16, "parent span id"),
            StartTime = span.StartTime.ToUniversalTime(),
            EndTime = span.EndTime.ToUniversalTime(),
        };
    }

    /// <summary>The id in lower case.</summary>
    public static string Id(string? id, int digits, string what)
    {
        Require(id?.Length == digits && id.All(char.IsAsciiHexDigit) && id.Any(c => c != '0'), $"the {what} is {digits} hex digits, not all of them 0");
        return id!.ToLowerInvariant();
    }

    private static void CheckEvent(JsonNode? e)
    {
        Require(e is JsonObject, "an event is an object with name, time and attributes");
        Require(e!["name"] is JsonValue name && name.GetValueKind() == JsonValueKind.String, "an event needs a name");
        Require(e["time"] is JsonValue time && time.TryGetValue<string>(out var text) && TryTime(text, out _), "an event needs a time such as 2026-01-31T12:00:00Z");
        Require(e["attributes"] is null or JsonObject, "attributes of an event are an object");
    }

    private static void CheckLink(JsonNode? link)
    {
        Require(link is JsonObject, "a link is an object with trace_id, span_id and attributes");
        Id((link!["trace_id"] as JsonValue)?.ToString(), 32, "link's trace id");
        Id((link["span_id"] as JsonValue)?.ToString(), 16, "link's span id");
        Require(link["attributes"] is null or JsonObject, "attributes of a link are an object");
    }

    public static bool TryTime(string text, out DateTimeOffset time) => DateTimeOffset.TryParse(
        text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
        && time >= DateTimeOffset.UnixEpoch && time < _latest;

    // JSON may escape half a surrogate pair. It is read lazily, so it would fail only in the store.
    private static void CheckText(SpanRecord span)
    {
        try
        {
            _ = (span.Attributes.ToJsonString(), span.Events.ToJsonString(), span.Links.ToJsonString());
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidSpanException("a string is not valid Unicode: a \\u escape has no partner", e);
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidSpanException(otherwise);
    }
}
