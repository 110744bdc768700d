using System.Diagnostics.Metrics;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// The meter of one host. Its scope tells it from the meters of other hosts in the process, so that no pipeline counts what
/// another host did.
/// </summary>
public sealed class AgentMeter : IDisposable
{
    public AgentMeter() => Meter = new Meter(new MeterOptions(AgentTelemetry.Name)
    {
        Version = AgentTelemetry.Version,
        TelemetrySchemaUrl = AgentTelemetry.SchemaUrl,
        Scope = this,
    });

    public Meter Meter { get; }

    public void Dispose() => Meter.Dispose();

    /// <summary>True for an instrument of another host's meter.</summary>
    internal bool IsForeign(Instrument instrument) => instrument.Meter.Scope is AgentMeter other && other != this;
}
