using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Tests.Telemetry;

public sealed class RunTraceTests
{
    private const string Caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    // Computed with sha256sum: printf 't:run_1' | sha256sum, printf 's:run_1:step:1/chat:1' | sha256sum, …
    [Fact]
    public void Ids_are_the_same_in_every_process()
    {
        var trace = RunTrace.Create("run_1", null);

        Assert.Equal("5d1b4d9c6ba2ec6871ef459919e36c4d", trace.TraceIdHex);
        Assert.Equal("6967e8e371cbb67d", trace.SpanId(RunTrace.RootPath).ToHexString());
        Assert.Equal("71a5a8713947ad05", trace.SpanId(RunTrace.ChatPath(1, 1)).ToHexString());
        Assert.Equal("16372ea3083edb31", trace.SpanId(RunTrace.ToolPath(2, "call_7")).ToHexString());
    }

    [Fact]
    public void Every_attempt_and_every_step_has_its_own_span_id()
    {
        var trace = RunTrace.Create("run_1", null);
        string[] paths =
            [RunTrace.RootPath, RunTrace.ChatPath(1, 1), RunTrace.ChatPath(1, 2), RunTrace.ChatPath(2, 1), RunTrace.ToolPath(1, "c"), RunTrace.ToolPath(2, "c")];

        Assert.Equal(paths.Length, paths.Select(trace.SpanId).Distinct().Count());
    }

    [Fact]
    public void A_run_joins_the_callers_trace_as_a_child_of_the_callers_span()
    {
        var trace = RunTrace.Create("run_1", Caller);

        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", trace.TraceIdHex);
        Assert.Equal("00f067aa0ba902b7", trace.ParentSpanIdHex(null));
        Assert.Equal(Caller, trace.TraceParent);
        Assert.Equal(RunTrace.Create("run_1", null).SpanId("x"), trace.SpanId("x"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01")]
    public void A_run_without_a_valid_caller_is_its_own_root(string? traceParent)
    {
        var trace = RunTrace.Create("run_1", traceParent);

        Assert.Equal(RunTrace.Create("run_1", null).TraceIdHex, trace.TraceIdHex);
        Assert.Null(trace.ParentSpanIdHex(null));
        Assert.Null(trace.TraceParent);
    }

    [Fact]
    public void A_stored_run_gives_the_trace_it_was_created_with()
    {
        var created = RunTrace.Create("run_1", Caller);

        var stored = RunTrace.Of(Sample.Run(traceParent: Caller));

        Assert.Equal((created.TraceIdHex, created.TraceParent), (stored.TraceIdHex, stored.TraceParent));
        Assert.Equal(created.SpanId(RunTrace.RootPath), stored.SpanId(RunTrace.RootPath));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1000)]
    public void All_or_no_runs_are_exported_at_the_ends_of_the_sampling_rate(double rate, int expected)
    {
        Assert.Equal(expected, Exported(rate));
    }

    [Fact]
    public void About_a_quarter_of_the_runs_is_exported_at_a_rate_of_a_quarter()
    {
        Assert.InRange(Exported(0.25), 200, 300);
        Assert.Equal(Exported(0.25), Exported(0.25));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_sampling_rate_outside_0_to_1_is_refused(double rate)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RunSampling(rate));
    }

    private static int Exported(double rate)
    {
        var sampling = new RunSampling(rate);
        return Enumerable.Range(0, 1000).Count(i => sampling.Export(RunTrace.Create($"run_{i}", null)));
    }
}
