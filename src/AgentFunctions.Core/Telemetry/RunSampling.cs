using System.Buffers.Binary;

namespace AgentFunctions.Telemetry;

/// <summary>Decides once per run, at its start, whether its spans are exported too. The own store always has them.</summary>
public sealed class RunSampling
{
    private readonly double _rate;

    /// <param name="rate">The share of runs to export, 0 to 1.</param>
    public RunSampling(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, 1);
        _rate = rate;
    }

    /// <summary>Decided by the trace id, so that all runs of one trace share a fate.</summary>
    /// <param name="traceId">32 hex digits.</param>
    public bool Export(string traceId)
    {
        // 53 bits: as many as a double holds exactly.
        var random = BinaryPrimitives.ReadUInt64BigEndian(Convert.FromHexString(traceId).AsSpan(8)) >> 11;
        return random < _rate * (1UL << 53);
    }
}
