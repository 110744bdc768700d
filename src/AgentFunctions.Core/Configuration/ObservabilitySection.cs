// The `observability` section but its exporters, which ExporterSection reads.
namespace AgentFunctions.Configuration;

internal static class ObservabilitySection
{
    public static ObservabilityOptions Read(ConfigMap root)
    {
        var defaults = new ObservabilityOptions();
        if (root.Get("observability")?.Map() is not { } map)
            return defaults;

        var enabled = map.Get("enabled")?.Flag() ?? true;
        var options = new ObservabilityOptions
        {
            Enabled = enabled,
            Tracing = (map.Get("tracing")?.Flag() ?? defaults.Tracing) && enabled,
            Metrics = (map.Get("metrics")?.Flag() ?? defaults.Metrics) && enabled,
            ServiceName = map.Get("service_name")?.Text() ?? defaults.ServiceName,
            SamplingRate = map.Get("sampling_rate")?.Number(0, 1) ?? defaults.SamplingRate,
            CaptureContent = map.Get("capture_content")?.Flag(),
            Aliases = RedactionSection.ReadAliases(map.Get("aliases")) ?? defaults.Aliases,
            Redaction = RedactionSection.Read(map.Get("redaction")),
            Traces = ReadTraces(map.Get("traces")?.Map()),
            Meters = [.. (map.Get("meters")?.List() ?? []).Select(meter => meter.Text()).OfType<string>()],
            MetricsPort = map.Get("metrics_port")?.Integer(1, 65_535),
            HealthPort = map.Get("health_port")?.Integer(1, 65_535),
            Debug = map.Get("debug")?.Flag() ?? defaults.Debug,
            SpanTimeout = map.Get("span_timeout")?.Duration(TimeSpan.FromMilliseconds(1)),
            TrackTokens = map.Get("track_tokens")?.Flag() ?? defaults.TrackTokens,
            CostTracking = map.Get("cost_tracking")?.Flag() ?? defaults.CostTracking,
            DailyTokenLimit = map.Get("daily_token_limit")?.Long(1),
            CostAlertThresholdUsd = map.Get("cost_alert_threshold")?.Decimal(0),
            Exporters = ExporterSection.Read(map),
        };
        map.End();
        return options;
    }

    private static TraceStoreOptions ReadTraces(ConfigMap? map)
    {
        var defaults = new TraceStoreOptions();
        if (map is null)
            return defaults;

        var traces = new TraceStoreOptions
        {
            Store = map.Get("store")?.OneOf("sqlite", "tables"),
            Content = map.Get("content")?.Flag() ?? defaults.Content,
            Processor = map.Get("processor")?.OneOf("batch", "simple") ?? defaults.Processor,
            MaxQueueSize = map.Get("max_queue_size")?.Integer(1, 1_000_000) ?? defaults.MaxQueueSize,
            MaxExportBatchSize = map.Get("max_export_batch_size")?.Integer(1, 100_000) ?? defaults.MaxExportBatchSize,
            ScheduleDelayMs = map.Get("schedule_delay_ms")?.Integer(1, 3_600_000) ?? defaults.ScheduleDelayMs,
            RetentionDays = map.Get("retention_days")?.Integer(1, 36_500),
            MaxSizeMb = map.Get("max_size_mb")?.Integer(1),
        };
        map.End();
        if (traces.MaxExportBatchSize > traces.MaxQueueSize)
            (map.Get("max_export_batch_size") ?? map.Get("max_queue_size"))!
                .AddProblem($"a batch ({traces.MaxExportBatchSize}) cannot be larger than the queue ({traces.MaxQueueSize})");
        return traces;
    }
}
