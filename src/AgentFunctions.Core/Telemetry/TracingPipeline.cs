using System.Diagnostics;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Export;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AgentFunctions.Telemetry;

/// <summary>A build's own destination, such as Application Insights; registered in DI. It gets the live spans.</summary>
public interface IConfigureTracing
{
    /// <summary>Which spans it gets, and what the live spans show; null for the app's default. One destination of a build decides.</summary>
    ExporterOptions? Options => null;

    /// <summary>Adds a processor that exports what is recorded when it ends.</summary>
    void Configure(TracerProviderBuilder builder);
}

/// <summary>
/// Where finished spans go: each exporter gets a copy of its own, with its own rule and queue, so that no endpoint can
/// delay a run or see another one's view. The live spans serve what a build adds, and listeners of the app's own.
/// </summary>
public sealed partial class TracingPipeline : IDisposable
{
    private readonly IReadOnlyList<Destination> _destinations = [];
    private readonly ExporterOptions? _live;
    private readonly TracerProvider? _provider;

    public TracingPipeline(
        TracingOptions options, IConfiguration configuration, IEnumerable<IConfigureTracing> additions, TimeProvider time, ILogger<TracingPipeline> logger)
        : this(options, configuration, additions, time, logger, SpanIdentity.Default)
    {
    }

    internal TracingPipeline(
        TracingOptions options, IConfiguration configuration, IEnumerable<IConfigureTracing> additions, TimeProvider time, ILogger<TracingPipeline> logger,
        SpanIdentity identity)
    {
        (Options, Identity) = (options, identity);
        var content = ContentCapture.OnSpans(configuration[ContentCapture.Variable], logger);
        _live = additions.Select(addition => addition.Options).FirstOrDefault(live => live is not null);
        LiveRule = (_live?.View ?? options.View).Rule(content);
        if (!options.Enabled)
            return;
        if (!identity.IsUsable)
            LogRandomIds(logger);
        _destinations = Destinations.Create(options, content, configuration, time, logger);
        _provider = Build(options, configuration, additions, _destinations);
    }

    internal TracingOptions Options { get; }

    internal SpanIdentity Identity { get; }

    /// <summary>What the live spans show.</summary>
    internal SpanRule LiveRule { get; }

    /// <summary>Sends what the exporters have queued and ends them; false when <paramref name="timeout"/> came first.</summary>
    public async Task<bool> StopAsync(TimeSpan timeout)
    {
        if (_provider is null)
            return true;
        // At the same time, so that one that hangs takes nothing from the others.
        var sent = await Task.WhenAll(_destinations.Select(d => Task.Run(() => d.Queue.Stop(timeout))));
        return await Task.Run(() => _provider.Shutdown((int)timeout.TotalMilliseconds)) && sent.All(s => s);
    }

    public void Dispose() => _provider?.Dispose();

    /// <summary>Ends the live span and gives every exporter its copy. Never waits.</summary>
    internal void Finish(RunRecord run, SpanFacts facts, SpanAdditions additions, Activity live)
    {
        var view = SpanViews.Of(facts, LiveRule);
        foreach (var link in view.Links)
            live.AddLink(RunTrace.Of(run).LinkTo(link));
        live.Show(facts, view);
        // Exporters skip what is not recorded.
        if (!run.Export || _live?.Wants(run, facts) == false)
            live.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        live.Stop();
        if (run.Export)
            Copy(run, facts, additions);
    }

    private void Copy(RunRecord run, SpanFacts facts, SpanAdditions additions)
    {
        // A context without a span id means "no parent" only while nothing is current.
        var previous = Activity.Current;
        Activity.Current = null;
        foreach (var destination in _destinations)
            destination.Send(run, facts, additions, Identity);
        Activity.Current = previous;
    }

    private static TracerProvider Build(
        TracingOptions options, IConfiguration configuration, IEnumerable<IConfigureTracing> additions, IReadOnlyList<Destination> destinations)
    {
        var builder = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => resource
                .AddService(options.ServiceName, serviceVersion: AgentTelemetry.Version)
                .AddEnvironmentVariableDetector())
            .AddSource(AgentTelemetry.Name);
        foreach (var destination in destinations)
            builder.AddProcessor(destination.Queue);
        foreach (var addition in additions)
            addition.Configure(builder);
        // Last, over the sampler that an addition may bring: whether a run is exported was decided at its start.
        return builder.SetSampler(new AlwaysOnSampler()).Build();
    }

    [LoggerMessage(EventId = 1205, Level = LogLevel.Warning,
        Message = "This .NET runtime takes no chosen span ids: exported spans have random ids and their parents do not match. The own trace store is not affected; please report the runtime's version")]
    private static partial void LogRandomIds(ILogger logger);
}
