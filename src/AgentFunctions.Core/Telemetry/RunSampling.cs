using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace AgentFunctions.Telemetry;

/// <summary>
/// Decides once per run, at its start, whether its spans are exported too. The own store always has them. A caller's
/// <c>traceparent</c> decides by its sampled flag; without one, the rate does.
/// </summary>
public sealed class RunSampling
{
    private readonly double _rate;
    private readonly bool _followsCaller;

    /// <param name="rate">The share of runs to export, 0 to 1.</param>
    /// <param name="followsCaller">False to apply the rate to runs with a caller as well.</param>
    public RunSampling(double rate, bool followsCaller = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, 1);
        (_rate, _followsCaller) = (rate, followsCaller);
    }

    /// <summary>
    /// As OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say; else the configured rate, parent-based. Other samplers, such as
    /// those of Azure Monitor, are left to whom they belong.
    /// </summary>
    /// <param name="configuredRate">Of the configuration file.</param>
    /// <param name="configuration">Has the variables.</param>
    public static RunSampling From(double configuredRate, IConfiguration configuration)
    {
        const string parentBased = "parentbased_";
        var sampler = configuration["OTEL_TRACES_SAMPLER"]?.Trim() ?? "";
        var followsCaller = sampler.StartsWith(parentBased, StringComparison.Ordinal);
        return (followsCaller ? sampler[parentBased.Length..] : sampler) switch
        {
            "always_on" => new RunSampling(1, followsCaller),
            "always_off" => new RunSampling(0, followsCaller),
            "traceidratio" => new RunSampling(RatioOf(configuration["OTEL_TRACES_SAMPLER_ARG"]), followsCaller),
            _ => new RunSampling(configuredRate),
        };
    }

    public bool Export(RunTrace trace) => _followsCaller && trace.CallerIsSampled is { } decided ? decided : IsWithin(trace.TraceIdHex, _rate);

    /// <summary>Decided by the trace id, so that all runs of one trace share a fate, and a smaller share is part of a larger one.</summary>
    /// <param name="traceId">32 hex digits.</param>
    /// <param name="rate">0 to 1.</param>
    internal static bool IsWithin(string traceId, double rate)
    {
        if (rate >= 1)
            return true;
        // 53 bits: as many as a double holds exactly.
        var random = BinaryPrimitives.ReadUInt64BigEndian(Convert.FromHexString(traceId).AsSpan(8)) >> 11;
        return random < rate * (1UL << 53);
    }

    // As in every SDK, what is no ratio means all.
    private static double RatioOf(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? ratio : 1;
}
