// What a test looks at beside the stores: log lines, the drop counter, exported activities.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using AgentFunctions.Telemetry;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>The activity source and the meter are the process's own, so these tests run one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryTests
{
    public const string Name = "telemetry";
}

internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _lines = new();

    public IReadOnlyList<(LogLevel Level, int Id, string Text)> All => [.. _lines];

    public IReadOnlyList<(LogLevel Level, int Id, string Text)> Warnings => [.. _lines.Where(l => l.Level >= LogLevel.Warning)];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, eventId.Id, formatter(state, exception)));

    public void Dispose()
    {
    }
}

/// <summary>Adds up the metric agentfunctions.spans.dropped by reason.</summary>
internal sealed class DropCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public DropCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Name: "agentfunctions.spans.dropped", Meter.Name: "AgentFunctions" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
            _counts.AddOrUpdate((string)tags[0].Value!, count, (_, sum) => sum + count));
        _listener.Start();
    }

    public long this[string reason] => _counts.GetValueOrDefault(reason);

    public void Dispose() => _listener.Dispose();
}

/// <summary>An exporter behind the pipeline, added the way a build adds its own.</summary>
internal sealed class ExportedSpans : BaseExporter<Activity>, IConfigureTracing
{
    private readonly ConcurrentQueue<ExportedSpan> _spans = new();

    public IReadOnlyList<ExportedSpan> Spans => [.. _spans];

    public ExportedSpan Single(string name) => Spans.Single(s => s.Name == name);

    public void Configure(TracerProviderBuilder builder) => builder.AddProcessor(new SimpleActivityExportProcessor(this));

    public override ExportResult Export(in Batch<Activity> batch)
    {
        foreach (var activity in batch)
        {
            _spans.Enqueue(new ExportedSpan(
                activity.DisplayName, activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), activity.ParentSpanId, activity.Status,
                activity.StatusDescription, activity.StartTimeUtc, activity.StartTimeUtc + activity.Duration, activity.TagObjects.ToDictionary(t => t.Key, t => t.Value)));
        }

        return ExportResult.Success;
    }
}

internal sealed record ExportedSpan(
    string Name, string TraceId, string SpanId, ActivitySpanId Parent, ActivityStatusCode Status, string? StatusMessage, DateTime Start, DateTime End,
    IReadOnlyDictionary<string, object?> Tags);
