using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Traces;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Telemetry;

/// <summary>Traces runs: live spans of the work that is done, and the end of the run, which makes the stored trace whole.</summary>
public sealed partial class RunTracer
{
    private static readonly TimeSpan _finishTimeout = TimeSpan.FromSeconds(5);

    private readonly TracingPipeline _pipeline;
    private readonly SpanWriter _writer;
    private readonly IRunStore _runs;
    private readonly ITraceStore _traces;
    private readonly TimeProvider _time;
    private readonly ILogger<RunTracer> _logger;

    public RunTracer(TracingPipeline pipeline, SpanWriter writer, IRunStore runs, ITraceStore traces, TimeProvider time, ILogger<RunTracer> logger)
    {
        (_pipeline, _writer, _runs, _traces, _time, _logger) = (pipeline, writer, runs, traces, time, logger);
    }

    /// <summary>Starts the span of a model call and makes it current. What was current becomes a link.</summary>
    public SpanScope StartChat(RunRecord run, AgentDefinition agent, int step, int attempt, DateTimeOffset start) =>
        StartScope(run, RunSpans.ChatStart(run, agent, step, attempt, start));

    /// <summary>Starts the span of a tool call and makes it current. What was current becomes a link.</summary>
    public SpanScope StartTool(RunRecord run, AgentDefinition agent, ToolStep step, DateTimeOffset start) =>
        StartScope(run, RunSpans.ToolStart(run, agent, step, start));

    /// <summary>Emits a span that is over, with the times of its facts.</summary>
    public void Emit(RunRecord run, SpanFacts facts)
    {
        // A context without a span id means "no parent" only while nothing is current.
        var previous = Activity.Current;
        Activity.Current = null;
        Finish(run, Start(run, facts, tags: null, links: []), facts);
        Activity.Current = previous;
    }

    /// <summary>
    /// Emits the root span and writes to the own store every span that the run store says must exist and the trace store
    /// lacks. May be repeated. Takes at most five seconds and never throws: what fails is logged.
    /// </summary>
    /// <returns>Whether the stored trace is known to be whole; else <see cref="RepairAsync"/> is due later.</returns>
    public Task<bool> FinishAsync(RunRecord finishedRun, AgentDefinition agent, CancellationToken cancellationToken) =>
        WithinLimitAsync(finishedRun.RunId, token => ReconcileAsync(finishedRun, agent, token), cancellationToken);

    /// <summary>Like <see cref="FinishAsync"/> for a run that ended before, and to the own store only: exporters had their copies.</summary>
    public Task<bool> RepairAsync(RunRecord finishedRun, AgentDefinition agent, CancellationToken cancellationToken) =>
        WithinLimitAsync(finishedRun.RunId, async token =>
        {
            var work = await RunWork.ReadAsync(_runs, finishedRun, token).WaitAsync(token);
            await RewriteAsync(finishedRun, await MissingAsync(finishedRun, RunSpans.All(finishedRun, agent, work), token), token);
            return true;
        }, cancellationToken);

    private async Task<bool> WithinLimitAsync(string runId, Func<CancellationToken, Task<bool>> makeWholeAsync, CancellationToken cancellationToken)
    {
        if (!_pipeline.Options.Enabled)
            return true;
        using var timeout = new CancellationTokenSource(_finishTimeout, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await makeWholeAsync(stop.Token);
        }
        catch (Exception e)
        {
            LogNotReconciled(e, runId);
            return false;
        }
    }

    // Every wait has its own WaitAsync: a store that hangs may ignore its token.
    private async Task<bool> ReconcileAsync(RunRecord run, AgentDefinition agent, CancellationToken cancellationToken)
    {
        var root = RunSpans.Root(run, agent, finishReason: null);
        var rootIsStored = false;
        var droppedBefore = _writer.Dropped;
        List<SpanFacts> missing;
        try
        {
            var work = await RunWork.ReadAsync(_runs, run, cancellationToken).WaitAsync(cancellationToken);
            var all = RunSpans.All(run, agent, work);
            root = all[^1];
            await _writer.FlushAsync(_finishTimeout, cancellationToken);
            missing = await MissingAsync(run, all, cancellationToken);
            // Then an earlier delivery of this call emitted it, and it is exported as well.
            rootIsStored = !missing.Remove(root);
        }
        finally
        {
            if (!rootIsStored)
                Emit(run, root);
        }

        await RewriteAsync(run, missing, cancellationToken);
        return await _writer.FlushAsync(_finishTimeout, cancellationToken) && _writer.Dropped == droppedBefore;
    }

    private async Task<List<SpanFacts>> MissingAsync(RunRecord run, IReadOnlyList<SpanFacts> all, CancellationToken cancellationToken)
    {
        var stored = await _traces.GetSpanIdsAsync(run.TraceId, run.RunId, cancellationToken).WaitAsync(cancellationToken);
        var trace = RunTrace.Of(run);
        return [.. all.Where(f => !stored.Contains(trace.SpanId(f.Path).ToHexString()))];
    }

    // To the store only: another instance may have exported them already and still hold them in its queue.
    private async Task RewriteAsync(RunRecord run, List<SpanFacts> missing, CancellationToken cancellationToken)
    {
        if (missing.Count == 0)
            return;
        await _traces.UpsertAsync([.. missing.Select(f => SpanRecords.From(run, f, _pipeline.Options.StoreRule))], cancellationToken).WaitAsync(cancellationToken);
        LogRewritten(missing.Count, run.RunId);
    }

    private SpanScope StartScope(RunRecord run, SpanFacts started)
    {
        ActivityLink[] links = Activity.Current is { IdFormat: ActivityIdFormat.W3C } ambient
            ? [new ActivityLink(ambient.Context, new ActivityTagsCollection { [GenAiAttributes.LinkKind] = "executed_by" })]
            : [];
        var timer = _pipeline.Options.SpanTimeout is { } limit ? new SpanTimer(limit, _time, () => LogSlow(started.Name, run.RunId, started.Path, limit)) : null;
        return new SpanScope(Start(run, started, SpanViews.Of(started, _pipeline.LiveRule).Attributes!, links), timer, (activity, facts) => Finish(run, activity, facts));
    }

    private Activity? Start(RunRecord run, SpanFacts facts, IEnumerable<KeyValuePair<string, object?>>? tags, ActivityLink[] links)
    {
        if (!_pipeline.Options.Enabled)
            return null;
        var trace = RunTrace.Of(run);
        var activity = AgentTelemetry.Source.StartActivity(facts.Name, facts.Kind, trace.ParentContext(facts.ParentPath), tags, links, facts.Start);
        if (activity is null)
            return null;
        _pipeline.Identity.Set(activity, trace.SpanId(facts.Path));
        // Whom the run calls is told by the traceparent whether the trace is exported.
        if (!run.Export)
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        return activity;
    }

    // Own store first. Without an activity (OTEL_SDK_DISABLED) nothing is exported; the store gets the span all the same.
    private void Finish(RunRecord run, Activity? activity, SpanFacts facts)
    {
        if (!_pipeline.Options.Enabled)
            return;
        var additions = SpanAdditions.Of(activity, facts, _pipeline.LiveRule);
        _writer.Write(SpanRecords.From(run, facts, _pipeline.Options.StoreRule, additions));
        if (activity is not null)
            _pipeline.Finish(run, facts, additions, activity);
        if (_pipeline.Options.Debug)
            LogSpan(facts.Name, (facts.End - facts.Start).TotalMilliseconds, facts.Status, run.RunId, run.TraceId);
    }

    [LoggerMessage(EventId = 1203, Level = LogLevel.Warning,
        Message = "The stored trace of run {RunId} may be incomplete: its stores did not answer in time or failed")]
    private partial void LogNotReconciled(Exception exception, string runId);

    [LoggerMessage(EventId = 1204, Level = LogLevel.Information, Message = "Wrote {Count} spans again that the trace store lacked for run {RunId}")]
    private partial void LogRewritten(int count, string runId);

    [LoggerMessage(EventId = 1208, Level = LogLevel.Debug, Message = "Span {Name} ended after {DurationMs} ms with status {Status}; run {RunId}, trace {TraceId}")]
    private partial void LogSpan(string name, double durationMs, ActivityStatusCode status, string runId, string traceId);

    [LoggerMessage(EventId = 1209, Level = LogLevel.Warning,
        Message = "{Name} of run {RunId} ({Path}) is open for longer than observability.span_timeout ({Limit}); it goes on")]
    private partial void LogSlow(string name, string runId, string path, TimeSpan limit);
}
