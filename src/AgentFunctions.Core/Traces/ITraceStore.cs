// The user's own trace store: spans as rows, whole traces back.
using System.Text.Json.Nodes;

namespace AgentFunctions.Traces;

/// <summary>Stores spans. Ids are deterministic, so every write is an upsert and writing twice doubles nothing.</summary>
public interface ITraceStore
{
    /// <summary>Inserts or replaces by (trace id, span id); durable when the task completes.</summary>
    Task UpsertAsync(IReadOnlyList<SpanRecord> spans, CancellationToken cancellationToken = default);

    /// <summary>At most <paramref name="limit"/> spans of the trace by start time; empty when there is no such trace.</summary>
    Task<IReadOnlyList<SpanRecord>> GetTraceAsync(string traceId, int limit, CancellationToken cancellationToken = default);

    /// <summary>The span ids that the store has of one run.</summary>
    Task<IReadOnlySet<string>> GetSpanIdsAsync(string traceId, string runId, CancellationToken cancellationToken = default);
}

/// <summary>One finished span. Ids are lower-case hex, times UTC with 100 ns precision, kind and status OTLP numbers.</summary>
public sealed record SpanRecord
{
    public required string TraceId { get; init; }
    public required string SpanId { get; init; }
    public string? ParentSpanId { get; init; }
    public required string Name { get; init; }

    /// <summary>1 internal, 2 server, 3 client, 4 producer, 5 consumer.</summary>
    public required int Kind { get; init; }

    /// <summary>AGENT, LLM, TOOL, CHAIN, RETRIEVER, …: the span's openinference.span.kind.</summary>
    public string? Type { get; init; }

    public required DateTimeOffset StartTime { get; init; }
    public required DateTimeOffset EndTime { get; init; }

    /// <summary>0 unset, 1 ok, 2 error.</summary>
    public int Status { get; init; }

    public string? StatusMessage { get; init; }
    public required JsonObject Attributes { get; init; }

    /// <summary>List of <c>{"name","time","attributes"}</c>.</summary>
    public JsonArray Events { get; init; } = [];

    /// <summary>List of <c>{"trace_id","span_id","attributes"}</c>.</summary>
    public JsonArray Links { get; init; } = [];

    public string? Scope { get; init; }
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? AgentId { get; init; }
    public string? TeamId { get; init; }
    public string? WorkflowId { get; init; }
}
