// Spans as runs leave them: roots, model calls and tool calls of small traces.
using System.Text.Json.Nodes;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Storage;

internal static class SpanSamples
{
    public const int Ok = 1;
    public const int Error = 2;

    public static string TraceId(int n) => n.ToString("x32");

    public static string SpanId(int n) => n.ToString("x16");

    /// <summary>The root span of a run: <c>invoke_agent weather</c>, 100 ms long.</summary>
    public static SpanRecord Root(int trace, int span = 1, int millisecond = 0, string run = "r1", int status = Ok) => Span(trace, span, millisecond, 100) with
    {
        Name = "invoke_agent weather",
        Kind = 1,
        Type = GenAiAttributes.AgentKind,
        Status = status,
        RunId = run,
        SessionId = "s1",
        AgentId = "weather",
        Attributes = new JsonObject
        {
            [GenAiAttributes.RunStatusName] = status == Error ? "error" : "completed",
            [GenAiAttributes.RequestModel] = "gpt-4o-mini",
        },
    };

    /// <summary>A model call of 20 ms, below span 1.</summary>
    /// <param name="cost">US dollars; null for a model without a known price.</param>
    public static SpanRecord ModelCall(
        int trace, int span, int millisecond = 0, long input = 10, long output = 5, double? cost = 0.25, string model = "gpt-4o-mini") =>
        Span(trace, span, millisecond, 20) with
        {
            ParentSpanId = SpanId(1),
            Name = $"chat {model}",
            Type = GenAiAttributes.ModelKind,
            RunId = "r1",
            SessionId = "s1",
            AgentId = "weather",
            Attributes = CallAttributes(input, output, cost, model),
        };

    /// <summary>A tool call of 10 ms, below span 1.</summary>
    public static SpanRecord ToolCall(int trace, int span, int millisecond = 0, string tool = "get_weather", int status = 0) => Span(trace, span, millisecond, 10) with
    {
        ParentSpanId = SpanId(1),
        Name = $"execute_tool {tool}",
        Kind = 1,
        Type = GenAiAttributes.ToolKind,
        Status = status,
        StatusMessage = status == Error ? "The tool failed." : null,
        RunId = "r1",
        SessionId = "s1",
        AgentId = "weather",
        Attributes = new JsonObject { [GenAiAttributes.ToolName] = tool },
    };

    /// <summary>The span with another start and the same end as long after it.</summary>
    public static SpanRecord At(this SpanRecord span, DateTimeOffset start) =>
        span with { StartTime = start, EndTime = start + (span.EndTime - span.StartTime) };

    public static SpanRecord Lasting(this SpanRecord span, TimeSpan duration) => span with { EndTime = span.StartTime + duration };

    /// <summary>The span with one more attribute.</summary>
    public static SpanRecord With(this SpanRecord span, string key, JsonNode? value)
    {
        var attributes = span.Attributes.DeepClone().AsObject();
        attributes[key] = value;
        return span with { Attributes = attributes };
    }

    private static JsonObject CallAttributes(long input, long output, double? cost, string model)
    {
        var attributes = new JsonObject
        {
            [GenAiAttributes.RequestModel] = model,
            [GenAiAttributes.UsageInputTokens] = input,
            [GenAiAttributes.UsageOutputTokens] = output,
        };
        if (cost is { } known)
        {
            attributes[GenAiAttributes.CostUsd] = known;
        }
        return attributes;
    }

    private static SpanRecord Span(int trace, int span, int millisecond, int length) =>
        Samples.Span(TraceId(trace), SpanId(span), millisecond: millisecond).Lasting(TimeSpan.FromMilliseconds(length));
}
