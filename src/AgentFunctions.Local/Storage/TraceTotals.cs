using AgentFunctions.Runs;
using AgentFunctions.Traces;

namespace AgentFunctions.Local.Storage;

/// <summary>A trace's summary while spans are added to it, in any order.</summary>
internal sealed class TraceTotals
{
    private const int Error = 2;
    private const string Running = "running";

    private TraceSummary? _summary;

    public TraceTotals(long id, string traceId) => (Id, TraceId) = (id, traceId);

    public TraceTotals(long id, string traceId, TraceSummary summary, string leadSpanId, DateTimeOffset leadStart)
        : this(id, traceId) => (_summary, LeadSpanId, LeadStart) = (summary, leadSpanId, leadStart);

    public long Id { get; }

    public string TraceId { get; }

    /// <summary>The span that name, status and ids are of: the first run's root, or the first span while no root has come.</summary>
    public string LeadSpanId { get; private set; } = "";

    public DateTimeOffset LeadStart { get; private set; }

    public TraceSummary Summary => _summary ?? throw new InvalidOperationException($"No span of trace {TraceId} was added.");

    /// <summary>Counts a span that is not counted yet.</summary>
    public void Add(SpanRecord span)
    {
        _summary = Count(_summary ?? Empty(span), span);
        if (Leads(span))
        {
            (LeadSpanId, LeadStart) = (span.SpanId, span.StartTime);
            _summary = Named(_summary, span);
        }
    }

    private bool Leads(SpanRecord span)
    {
        var (isRoot, hasRoot) = (span.IsRootOfRootRun(), Summary.Status != Running);
        if (LeadSpanId.Length == 0 || isRoot != hasRoot)
        {
            return LeadSpanId.Length == 0 || isRoot;
        }
        return span.StartTime < LeadStart || (span.StartTime == LeadStart && string.CompareOrdinal(span.SpanId, LeadSpanId) < 0);
    }

    private static TraceSummary Count(TraceSummary sum, SpanRecord span)
    {
        var start = span.StartTime < sum.StartTime ? span.StartTime : sum.StartTime;
        var end = span.EndTime > sum.EndTime ? span.EndTime : sum.EndTime;
        var call = span.IsModelCall();
        return sum with
        {
            StartTime = start,
            EndTime = end,
            DurationMs = (end - start).TotalMilliseconds,
            TotalSpans = sum.TotalSpans + 1,
            ErrorCount = sum.ErrorCount + (span.Status == Error ? 1 : 0),
            Usage = call ? sum.Usage + span.Usage() : sum.Usage,
            CostUsd = call && span.CostUsd() is { } cost ? cost + (sum.CostUsd ?? 0) : sum.CostUsd,
            UnpricedCalls = sum.UnpricedCalls + (call && span.IsUnpriced() ? 1 : 0),
        };
    }

    private static TraceSummary Named(TraceSummary sum, SpanRecord lead) => sum with
    {
        Name = lead.Name,
        Status = !lead.IsRootOfRootRun() ? Running : lead.Status == Error ? "error" : "ok",
        RunId = lead.RunId,
        SessionId = lead.SessionId,
        UserId = lead.UserId,
        AgentId = lead.AgentId,
        TeamId = lead.TeamId,
        WorkflowId = lead.WorkflowId,
    };

    private static TraceSummary Empty(SpanRecord first) => new()
    {
        TraceId = first.TraceId,
        Name = first.Name,
        Status = Running,
        StartTime = first.StartTime,
        EndTime = first.EndTime,
        DurationMs = 0,
        TotalSpans = 0,
        ErrorCount = 0,
        Usage = RunUsage.None,
    };
}
