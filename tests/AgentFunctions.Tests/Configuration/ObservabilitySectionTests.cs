using AgentFunctions.Configuration;
using AgentFunctions.Telemetry.Aliases;

namespace AgentFunctions.Tests.Configuration;

/// <summary>Every key of `observability` reaches its option, and what is wrong is told with its place.</summary>
public sealed class ObservabilitySectionTests
{
    [Fact]
    public void Every_key_reaches_its_option()
    {
        var options = Read("""
            observability:
              tracing: true
              service_name: my-agents
              sampling_rate: 0.25
              capture_content: true
              metrics: true
              metrics_port: 9464
              health_port: 8081
              debug: true
              span_timeout: 1m30s
              track_tokens: false
              cost_tracking: false
              daily_token_limit: 5000000
              cost_alert_threshold: 12.5
              aliases: [goai, openinference]
              redaction: { builtin: [email], patterns: [{ name: order, pattern: "ORD-[0-9]+" }] }
              traces: { store: tables, processor: simple, max_queue_size: 100, max_export_batch_size: 10, schedule_delay_ms: 50, retention_days: 30, max_size_mb: 512 }
            """);

        Assert.Equal((true, "my-agents", 0.25, true), (options.Tracing, options.ServiceName, options.SamplingRate, options.CaptureContent));
        Assert.Equal((true, 9464, 8081), (options.Metrics, options.MetricsPort, options.HealthPort));
        Assert.Equal((true, TimeSpan.FromSeconds(90)), (options.Debug, options.SpanTimeout));
        Assert.Equal((false, false, 5_000_000, 12.5m), (options.TrackTokens, options.CostTracking, options.DailyTokenLimit, options.CostAlertThresholdUsd));
        Assert.Equal(AliasSet.GoAI | AliasSet.OpenInference, options.Aliases);
        Assert.Equal(["email"], options.Redaction!.BuiltIn);
        Assert.Equal(("order", "ORD-[0-9]+"), (options.Redaction.Own[0].Name, options.Redaction.Own[0].Pattern));
        Assert.Equal(new TraceStoreOptions { Store = "tables", Processor = "simple", MaxQueueSize = 100, MaxExportBatchSize = 10, ScheduleDelayMs = 50, RetentionDays = 30, MaxSizeMb = 512 }, options.Traces);
    }

    [Fact]
    public void Everything_is_on_and_nothing_is_limited_by_default()
    {
        var options = Read("agents: []");

        Assert.True(options is { Enabled: true, Tracing: true, Metrics: true, TrackTokens: true, CostTracking: true, Debug: false });
        Assert.True(options is { CaptureContent: null, SpanTimeout: null, MetricsPort: null, HealthPort: null, DailyTokenLimit: null, CostAlertThresholdUsd: null });
        Assert.True(options is { Redaction: null, Aliases: AliasSet.None, Exporters: [], Traces: { RetentionDays: null, MaxSizeMb: null } });
    }

    [Fact]
    public void Enabled_false_turns_traces_and_metrics_off_whatever_they_say()
    {
        var options = Read("observability: { enabled: false, tracing: true, metrics: true }");

        Assert.Equal((false, false, false), (options.Enabled, options.Tracing, options.Metrics));
    }

    [Fact]
    public void Every_key_of_an_exporter_reaches_its_option()
    {
        var exporter = Assert.Single(Read("""
            observability:
              exporters:
                - name: tempo
                  type: otlp
                  protocol: http/protobuf
                  endpoint: "https://tempo.example:4318"
                  headers: { x-key: "${KEY}" }
                  compression: gzip
                  timeout: 2s
                  only: { types: [LLM], operations: [chat], agents: [weather], errors: true, min_duration: 500ms }
                  content: true
                  max_content_chars: 4000
                  redaction: { patterns: [{ name: order, pattern: "ORD-[0-9]+" }] }
                  aliases: [goai]
                  sampling_rate: 0.1
                  batch: { max_queue_size: 1000, max_export_batch_size: 100, schedule_delay_ms: 200 }
            """, "KEY").Exporters);

        Assert.Equal(("tempo", "otlp", "http/protobuf", "https://tempo.example:4318"), (exporter.Name, exporter.Type, exporter.Protocol, exporter.Endpoint));
        Assert.Equal("${KEY}", exporter.Headers["X-Key"]);
        Assert.Equal((true, TimeSpan.FromSeconds(2)), (exporter.Gzip, exporter.Timeout));
        Assert.Equal(("LLM", "chat", "weather"), (exporter.Only.Types.Single(), exporter.Only.Operations.Single(), exporter.Only.Agents.Single()));
        Assert.Equal((true, TimeSpan.FromMilliseconds(500)), (exporter.Only.Errors, exporter.Only.MinDuration));
        Assert.Equal((true, 4000, AliasSet.GoAI, 0.1), (exporter.Content, exporter.MaxContentChars, exporter.Aliases, exporter.SamplingRate));
        Assert.Null(exporter.Redaction!.BuiltIn);
        Assert.Equal("order", exporter.Redaction.Own.Single().Name);
        Assert.Equal((1000, 100, 200), (exporter.MaxQueueSize, exporter.MaxExportBatchSize, exporter.ScheduleDelayMs));
    }

    [Theory]
    [InlineData("otlp")]
    [InlineData("langfuse", "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY")]
    [InlineData("logfire", "LOGFIRE_TOKEN")]
    [InlineData("datadog", "DD_API_KEY")]
    [InlineData("phoenix")]
    [InlineData("honeycomb", "HONEYCOMB_API_KEY")]
    [InlineData("langsmith", "LANGSMITH_API_KEY")]
    [InlineData("console")]
    [InlineData("application_insights", "APPLICATIONINSIGHTS_CONNECTION_STRING")]
    public void The_short_form_takes_keys_from_the_variables_of_the_back_end(string type, params string[] variables)
    {
        var exporter = Assert.Single(Read($"observability: {{ exporter: {type} }}", variables).Exporters);

        Assert.Equal(("default", type), (exporter.Name, exporter.Type));
        Assert.All(variables, variable => Assert.Contains($"${{{variable}}}", exporter.Settings.Values));
    }

    [Fact]
    public void Stdout_is_another_word_for_console() =>
        Assert.Equal("console", Assert.Single(Read("observability: { exporter: stdout }").Exporters).Type);

    [Fact]
    public void None_exports_nothing() =>
        Assert.Empty(Read("observability: { exporter: none, exporters: [{ type: none }] }").Exporters);

    [Fact]
    public void Headers_of_ones_own_do_instead_of_a_key()
    {
        var exporter = Assert.Single(Read("observability: { exporter: datadog, headers: { dd-api-key: k } }").Exporters);

        Assert.Equal("k", exporter.Headers["dd-api-key"]);
    }

    [Fact]
    public void A_back_ends_own_variable_names_its_host()
    {
        var configuration = TemporaryFile.Load(
            "observability: { exporters: [{ type: phoenix }] }", name => name == "PHOENIX_COLLECTOR_ENDPOINT" ? "https://phoenix.example" : null);

        Assert.Equal("https://phoenix.example", configuration.Observability.Exporters[0].Endpoint);
    }

    [Fact]
    public void A_region_in_the_file_wins_over_the_variable_for_the_host()
    {
        var configuration = TemporaryFile.Load(
            "observability: { exporters: [{ type: langfuse, region: us, public_key: p, secret_key: s }] }", name => name == "LANGFUSE_HOST" ? "https://else.example" : null);

        Assert.Null(configuration.Observability.Exporters[0].Endpoint);
    }

    [Fact]
    public void A_variable_that_holds_no_URL_is_named() =>
        Assert.Equal(
            ["agents.yaml:1:30: key 'observability.exporters[0]': the environment variable PHOENIX_COLLECTOR_ENDPOINT is 'here', which is not an absolute http or https URL"],
            TemporaryFile.ProblemsOf("observability: { exporters: [{ type: phoenix }] }", name => name == "PHOENIX_COLLECTOR_ENDPOINT" ? "here" : null));

    [Fact]
    public void Llm_observability_that_is_not_enabled_needs_no_keys() =>
        Assert.Empty(Read("observability: { llm_observability: { enabled: false, provider: langfuse } }").Exporters);

    [Theory]
    [InlineData("span_timeout: 30", "agents.yaml:1:32: key 'observability.span_timeout': must be a duration such as 500ms, 30s or 1m30s, not '30'")]
    [InlineData("span_timeout: 0s", "agents.yaml:1:32: key 'observability.span_timeout': is too short: '0s'")]
    [InlineData("metrics_port: 70000", "agents.yaml:1:32: key 'observability.metrics_port': must be from 1 to 65535, not 70000")]
    [InlineData("daily_token_limit: 0", "agents.yaml:1:37: key 'observability.daily_token_limit': must be 1 or more, not 0")]
    [InlineData("aliases: [openinfrence]", "agents.yaml:1:28: key 'observability.aliases[0]': 'openinfrence' is not one of goai, aixgo, openinference, langfuse")]
    [InlineData("redaction: { builtin: [emails] }", "agents.yaml:1:41: key 'observability.redaction.builtin[0]': 'emails' is not one of keys, bearer, email, card; did you mean 'email'?")]
    [InlineData("exporter: datadog", "agents.yaml:1:28: key 'observability.exporter': needs `api_key`, or the environment variable DD_API_KEY")]
    [InlineData("exporters: [{ type: grafana_cloud, instance_id: i, token: t }]", "agents.yaml:1:30: key 'observability.exporters[0]': needs `zone`")]
    [InlineData("exporters: [{ type: otlp, api_key: k }]", "agents.yaml:1:53: key 'observability.exporters[0].api_key': belongs to exporters with `type: datadog` or `phoenix` or `honeycomb` or `langsmith` only")]
    [InlineData("exporters: [{ type: console, endpoint: \"http://x\" }]", "agents.yaml:1:57: key 'observability.exporters[0].endpoint': belongs to exporters that send OTLP, not to `console`")]
    [InlineData("exporters: [{ type: phoenix, protocol: grpc }]", "agents.yaml:1:57: key 'observability.exporters[0].protocol': 'grpc' is not one of http/protobuf")]
    [InlineData("exporters: [{ type: otlp, only: { types: [llm] } }]", "agents.yaml:1:60: key 'observability.exporters[0].only.types[0]': 'llm' is not one of AGENT, LLM, TOOL, CHAIN, RETRIEVER, RERANKER, EMBEDDING, GUARDRAIL, EVALUATOR; did you mean 'LLM'?")]
    [InlineData("exporters: [{ type: otlp, batch: { max_queue_size: 5, max_export_batch_size: 6 } }]", "agents.yaml:1:95: key 'observability.exporters[0].batch.max_export_batch_size': a batch (6) cannot be larger than the queue (5)")]
    [InlineData("exporters: [{ type: otlp, filter: {} }]", "agents.yaml:1:44: key 'observability.exporters[0].filter': is not a known key; known here: ")]
    public void What_is_wrong_is_told_with_its_place(string entry, string problem) =>
        Assert.StartsWith(problem, Assert.Single(TemporaryFile.ProblemsOf($"observability: {{ {entry} }}")), StringComparison.Ordinal);

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("99999999999999999999d", null)]
    [InlineData("1s garbage", null)]
    [InlineData("-1s", null)]
    [InlineData("", null)]
    public void Durations_are_read_as_people_write_them(string text, int? milliseconds) =>
        Assert.Equal(milliseconds, DurationText.Parse(text)?.TotalMilliseconds);

    private static ObservabilityOptions Read(string yaml, params string[] variables) =>
        TemporaryFile.Load(yaml, name => variables.Contains(name) ? "x" : null).Observability;
}
