using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AgentFunctions.Telemetry;

/// <summary>A build's own addition to the tracing pipeline, such as another exporter; registered in DI.</summary>
public interface IConfigureTracing
{
    /// <summary>Runs last, so that what it adds is behind the own store and behind the sampling of runs.</summary>
    void Configure(TracerProviderBuilder builder);
}

/// <summary>
/// The span pipeline: own store first, then the gate of unsampled runs, then exporters, each with its own queue, so that
/// no endpoint can delay a run.
/// </summary>
public sealed partial class TracingPipeline : IDisposable
{
    private readonly TracerProvider? _provider;

    public TracingPipeline(
        TracingOptions options, SpanWriter writer, IConfiguration configuration, IEnumerable<IConfigureTracing> additions, ILogger<TracingPipeline> logger)
        : this(options, writer, configuration, additions, logger, SpanIdentity.Default)
    {
    }

    internal TracingPipeline(
        TracingOptions options, SpanWriter writer, IConfiguration configuration, IEnumerable<IConfigureTracing> additions, ILogger<TracingPipeline> logger,
        SpanIdentity identity)
    {
        Enabled = options.Enabled;
        StoreContent = options.StoreContent;
        Identity = identity;
        if (!Enabled)
            return;
        ExportContent = options.ExportContent ?? ContentCapture.OnSpans(configuration[ContentCapture.Variable], logger);
        if (!identity.IsUsable)
            LogRandomIds(logger);
        _provider = Build(options, writer, configuration, additions);
    }

    internal bool Enabled { get; }

    internal bool StoreContent { get; }

    internal bool ExportContent { get; }

    internal SpanIdentity Identity { get; }

    /// <summary>Sends what the exporters have queued and ends them; false when <paramref name="timeout"/> came first.</summary>
    public Task<bool> StopAsync(TimeSpan timeout) =>
        _provider is null ? Task.FromResult(true) : Task.Run(() => _provider.Shutdown((int)timeout.TotalMilliseconds));

    public void Dispose() => _provider?.Dispose();

    private static TracerProvider Build(
        TracingOptions options, SpanWriter writer, IConfiguration configuration, IEnumerable<IConfigureTracing> additions)
    {
        var builder = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => resource
                .AddService(options.ServiceName, serviceVersion: AgentTelemetry.Version)
                .AddEnvironmentVariableDetector())
            .AddSource(AgentTelemetry.Name)
            // Always recorded: the own store sees every run, and the gate decides about exports.
            .SetSampler(new AlwaysOnSampler())
            .AddProcessor(new StoreSpanProcessor(writer))
            .AddProcessor(new ExportGate());
        if (HasEndpoint(configuration))
            builder.AddOtlpExporter();
        foreach (var exporter in options.Exporters)
            builder.AddOtlpExporter(exporter.Name, exporter.Apply);
        foreach (var addition in additions)
            addition.Configure(builder);
        return builder.Build();
    }

    private static bool HasEndpoint(IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])
        || !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]);

    [LoggerMessage(EventId = 1205, Level = LogLevel.Warning,
        Message = "This .NET runtime takes no chosen span ids: exported spans have random ids and their parents do not match. The own trace store is not affected; please report the runtime's version")]
    private static partial void LogRandomIds(ILogger logger);
}
