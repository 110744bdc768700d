// What rides on an activity of ours until the processors have seen it, and the processors in their order.
using System.Diagnostics;
using AgentFunctions.Runs;
using OpenTelemetry;

namespace AgentFunctions.Telemetry;

/// <summary>A finished span with all its content, attached to the activity whose tags carry only what exports may see.</summary>
/// <param name="Writer">The host that the span belongs to, should one process have several.</param>
internal sealed record RunSpan(RunRecord Run, SpanFacts Facts, bool StoreContent, SpanWriter Writer)
{
    private const string Property = "agentfunctions.span";

    public void AttachTo(Activity activity) => activity.SetCustomProperty(Property, this);

    public static RunSpan? Of(Activity activity) => activity.GetCustomProperty(Property) as RunSpan;
}

/// <summary>First: copies the span, content included, into the queue of the own store.</summary>
internal sealed class StoreSpanProcessor(SpanWriter writer) : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (RunSpan.Of(data) is { } span && ReferenceEquals(span.Writer, writer))
            writer.Write(SpanRecords.From(span.Run, span.Facts, span.StoreContent, data));
    }
}

/// <summary>Second: hides spans of runs that are not sampled from every exporter behind it. Exporters skip what is not recorded.</summary>
internal sealed class ExportGate : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        if (RunSpan.Of(data) is { Run.Export: false })
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
