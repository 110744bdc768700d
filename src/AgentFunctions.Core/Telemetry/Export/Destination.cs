using System.Diagnostics;
using AgentFunctions.Runs;

namespace AgentFunctions.Telemetry.Export;

/// <summary>One exporter at work: chooses its spans, shows them as its rule says, and queues them.</summary>
internal sealed class Destination(ExporterOptions options, SpanRule rule, ExportQueue queue)
{
    public ExportQueue Queue => queue;

    /// <summary>Gives the exporter its copy of a finished span, if it wants it.</summary>
    public void Send(RunRecord run, SpanFacts facts, SpanAdditions additions, SpanIdentity identity)
    {
        if (!options.Wants(run, facts))
            return;
        var view = SpanViews.Of(facts, rule);
        var trace = RunTrace.Of(run);
        var links = additions.Links.Concat(view.Links.Select(trace.LinkTo));
        var copy = AgentTelemetry.Source.StartActivity(facts.Name, facts.Kind, trace.ParentContext(facts.ParentPath), tags: null, links, facts.Start);
        if (copy is null)
            return; // OTEL_SDK_DISABLED
        identity.Set(copy, trace.SpanId(facts.Path));
        var (tags, events, _) = additions.Redacted(rule.Redactor);
        foreach (var (key, value) in tags)
            copy.SetTag(key, value);
        foreach (var e in events)
            copy.AddEvent(e);
        copy.Show(facts, view);
        StopUnseen(copy);
        queue.Add(copy);
    }

    // Whoever else listens to the source has had the live span, so this one passes by all processors.
    private static void StopUnseen(Activity copy)
    {
        copy.IsAllDataRequested = false;
        copy.Stop();
        copy.IsAllDataRequested = true;
    }
}

internal static class ExporterChoice
{
    public static bool Wants(this ExporterOptions options, RunRecord run, SpanFacts facts) =>
        RunSampling.IsWithin(run.TraceId, options.SamplingRate) && options.Only.Includes(run, facts);
}
