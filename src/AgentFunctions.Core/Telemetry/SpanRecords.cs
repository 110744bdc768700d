using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Telemetry;

/// <summary>Turns a span's facts into the row of the own trace store.</summary>
internal static class SpanRecords
{
    public static SpanRecord From(RunRecord run, SpanFacts facts, SpanRule rule)
    {
        var trace = RunTrace.Of(run);
        var view = SpanViews.Of(facts, rule);
        return new SpanRecord
        {
            TraceId = trace.TraceIdHex,
            SpanId = trace.SpanId(facts.Path).ToHexString(),
            ParentSpanId = trace.ParentSpanIdHex(facts.ParentPath),
            Name = facts.Name,
            Kind = OtlpKind(facts.Kind),
            Type = facts.Attributes.GetValueOrDefault(GenAiAttributes.SpanKind) as string,
            StartTime = facts.Start.ToUniversalTime(),
            EndTime = facts.End.ToUniversalTime(),
            Status = (int)facts.Status,
            StatusMessage = view.StatusMessage,
            Attributes = Attributes(view.Attributes!),
            Events = [.. view.Events.Select(e => Event(e.Name, e.Time, e.Attributes!))],
            Links = [.. view.Links.Select(l => Link(trace.LinkTo(l)))],
            Scope = AgentTelemetry.Name,
            RunId = run.RunId,
            SessionId = run.SessionId,
            UserId = run.UserId,
            AgentId = run.AgentId,
            TeamId = facts.Attributes.GetValueOrDefault(GenAiAttributes.TeamId) as string,
            WorkflowId = facts.Attributes.GetValueOrDefault(GenAiAttributes.WorkflowId) as string,
        };
    }

    /// <summary>The record of a live span: with its links, and with what a tool's own code added to it.</summary>
    public static SpanRecord From(RunRecord run, SpanFacts facts, SpanRule rule, SpanAdditions additions)
    {
        var record = From(run, facts, rule);
        var (tags, events, _) = additions.Redacted(rule.Redactor);
        foreach (var (key, value) in tags)
            record.Attributes.TryAdd(key, Json(value));
        foreach (var e in events)
            record.Events.Add((JsonNode)Event(e.Name, e.Timestamp, e.Tags));
        foreach (var link in additions.Links)
            record.Links.Add((JsonNode)Link(link));
        return record;
    }

    // .NET counts kinds from 0 = internal in another order than OTLP.
    private static int OtlpKind(ActivityKind kind) => kind switch
    {
        ActivityKind.Server => 2,
        ActivityKind.Client => 3,
        ActivityKind.Producer => 4,
        ActivityKind.Consumer => 5,
        _ => 1,
    };

    private static JsonObject Event(string name, DateTimeOffset time, IEnumerable<KeyValuePair<string, object?>> attributes) => new()
    {
        ["name"] = name,
        ["time"] = time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        ["attributes"] = Attributes(attributes),
    };

    private static JsonObject Link(ActivityLink link) => new()
    {
        ["trace_id"] = link.Context.TraceId.ToHexString(),
        ["span_id"] = link.Context.SpanId.ToHexString(),
        ["attributes"] = Attributes(link.Tags ?? []),
    };

    internal static JsonObject Attributes(IEnumerable<KeyValuePair<string, object?>> attributes)
    {
        var json = new JsonObject();
        foreach (var (key, value) in attributes)
            json[key] = Json(value);
        return json;
    }

    private static JsonNode? Json(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        long number => JsonValue.Create(number),
        int number => JsonValue.Create((long)number),
        bool flag => JsonValue.Create(flag),
        string[] texts => new JsonArray([.. texts.Select(text => (JsonNode?)JsonValue.Create(text))]),
        double d => double.IsFinite(d) ? JsonValue.Create(d) : JsonValue.Create(d.ToString(CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };
}
