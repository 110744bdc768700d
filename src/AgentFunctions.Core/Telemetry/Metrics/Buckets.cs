using System.Diagnostics.Metrics;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>Histogram bounds: those that the GenAI conventions ask for, and those that the documented names come with.</summary>
internal static class Buckets
{
    public static InstrumentAdvice<double> CallSeconds { get; } =
        Advice(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);

    public static InstrumentAdvice<double> AgentSeconds { get; } =
        Advice(0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6);

    public static InstrumentAdvice<double> WorkflowSeconds { get; } = Advice(1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200);

    public static InstrumentAdvice<double> PrometheusSeconds { get; } = Advice(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10);

    public static InstrumentAdvice<long> Tokens { get; } =
        new() { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] };

    public static InstrumentAdvice<long> Calls { get; } = new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] };

    private static InstrumentAdvice<double> Advice(params double[] bounds) => new() { HistogramBucketBoundaries = bounds };
}
