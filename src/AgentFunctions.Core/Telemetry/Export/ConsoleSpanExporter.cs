using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using OpenTelemetry;

namespace AgentFunctions.Telemetry.Export;

/// <summary>Writes one line a span: for people, or as JSON.</summary>
internal sealed class ConsoleSpanExporter(bool json, TextWriter output, Action<int, ExportOutcome> ended) : BaseExporter<Activity>
{
    public override ExportResult Export(in Batch<Activity> batch)
    {
        var count = (int)batch.Count;
        foreach (var span in batch)
            output.WriteLine(json ? JsonLine(span) : Line(span));
        output.Flush();
        ended(count, ExportOutcome.Written);
        return ExportResult.Success;
    }

    private static string Line(Activity span)
    {
        var status = span.Status == ActivityStatusCode.Error ? $"error {span.StatusDescription}".TrimEnd() : "ok";
        return string.Create(CultureInfo.InvariantCulture,
            $"{span.StartTimeUtc:HH:mm:ss.fff} {span.Duration.TotalMilliseconds,8:F0} ms  {span.DisplayName}  {status}  run={span.GetTagItem(GenAiAttributes.RunId)} trace={span.TraceId}");
    }

    private static string JsonLine(Activity span) => new JsonObject
    {
        ["trace_id"] = span.TraceId.ToHexString(),
        ["span_id"] = span.SpanId.ToHexString(),
        ["parent_span_id"] = span.ParentSpanId == default ? null : span.ParentSpanId.ToHexString(),
        ["name"] = span.DisplayName,
        ["start_time"] = span.StartTimeUtc.ToString("O", CultureInfo.InvariantCulture),
        ["duration_ms"] = span.Duration.TotalMilliseconds,
        ["status"] = span.Status == ActivityStatusCode.Error ? "error" : "ok",
        ["status_message"] = span.StatusDescription,
        ["attributes"] = SpanRecords.Attributes(span.TagObjects),
    }.ToJsonString(AgentJson.Options);
}
