// Questions to the trace store: lists, search and statistics. Every list is keyset-paged and capped.
using AgentFunctions.Runs;

namespace AgentFunctions.Traces;

/// <summary>Reads the trace store across traces. Only finished spans are there; runs in progress are in the run store.</summary>
public interface ITraceQueries
{
    /// <summary>Traces, latest start first, ties by trace id descending.</summary>
    /// <exception cref="FormatException">The cursor is not one that this list issued.</exception>
    Task<ListPage<TraceSummary>> ListTracesAsync(TraceQuery query, CancellationToken cancellationToken = default);

    /// <summary>Null when the store has no span of the trace.</summary>
    Task<TraceSummary?> GetSummaryAsync(string traceId, CancellationToken cancellationToken = default);

    /// <summary>Spans, latest start first, ties by trace id and span id descending.</summary>
    /// <exception cref="FormatException">The cursor is not one that this list issued.</exception>
    Task<ListPage<SpanRecord>> ListSpansAsync(SpanQuery query, CancellationToken cancellationToken = default);

    /// <summary>Groups of spans with exact percentiles (nearest rank), in the order that the query asks for.</summary>
    Task<IReadOnlyList<SpanStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken cancellationToken = default);
}

/// <summary>Makes room in the trace store. It deletes whole traces and touches nothing else.</summary>
public interface ITraceRetention
{
    /// <summary>
    /// Deletes whole traces, oldest end first, that ended before <paramref name="endedBefore"/>; at most
    /// <paramref name="limit"/> traces a call, so that one call is short.
    /// </summary>
    /// <returns>How many traces were deleted; fewer than <paramref name="limit"/> when no more qualify.</returns>
    Task<int> DeleteAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellationToken = default);

    Task<TraceStoreSize> GetSizeAsync(CancellationToken cancellationToken = default);
}

/// <param name="Bytes">What the store takes, exactly for a file, estimated for tables.</param>
/// <param name="OldestEnd">When the oldest trace ended; null when the store is empty.</param>
public sealed record TraceStoreSize(long Bytes, long Traces, DateTimeOffset? OldestEnd);

/// <summary>Filters of the trace list; a null member does not filter.</summary>
public sealed record TraceQuery
{
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? AgentId { get; init; }
    public string? TeamId { get; init; }
    public string? WorkflowId { get; init; }

    /// <summary>Of the root: <c>ok</c>, <c>error</c> or <c>running</c> (no root has come).</summary>
    public string? Status { get; init; }

    /// <summary>The trace's exact name, for example <c>invoke_agent weather</c>.</summary>
    public string? Name { get; init; }

    public TimeSpan? MinDuration { get; init; }

    /// <summary>Started at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Started before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>A further condition on the keys of <see cref="FilterKeys.Trace"/>.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Traces on one page, 1 to 200; a number beyond is taken as the nearest of these.</summary>
    public int Limit { get; init; } = 50;

    public string? Cursor { get; init; }
}

/// <summary>One trace in a list. Serialized with AgentJson it is an item of <c>GET /api/v1/traces</c>.</summary>
public sealed record TraceSummary
{
    public required string TraceId { get; init; }

    /// <summary>The name of the first run's root span; of the first span while no root has come.</summary>
    public required string Name { get; init; }

    /// <summary><c>ok</c> or <c>error</c> as the first run ended, whatever its children did; <c>running</c> while no root has come.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset StartTime { get; init; }
    public required DateTimeOffset EndTime { get; init; }
    public required double DurationMs { get; init; }
    public required int TotalSpans { get; init; }

    /// <summary>Spans with status error, the root included; independent of <see cref="Status"/> and of the order of arrival.</summary>
    public required int ErrorCount { get; init; }

    /// <summary>Summed over the model calls.</summary>
    public required RunUsage Usage { get; init; }

    /// <summary>US dollars over the model calls whose price is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Model calls without a known price: they are not in <see cref="CostUsd"/>, and not free.</summary>
    public int UnpricedCalls { get; init; }

    // The ids of the first run of the trace.
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? AgentId { get; init; }
    public string? TeamId { get; init; }
    public string? WorkflowId { get; init; }
}

/// <summary>Filters of the span list; a null member does not filter.</summary>
public sealed record SpanQuery
{
    public string? TraceId { get; init; }
    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? AgentId { get; init; }
    public string? TeamId { get; init; }
    public string? WorkflowId { get; init; }
    public string? Name { get; init; }

    /// <summary>AGENT, LLM, TOOL, …</summary>
    public string? Type { get; init; }

    /// <summary><c>ok</c> or <c>error</c>.</summary>
    public string? Status { get; init; }

    public string? Model { get; init; }
    public TimeSpan? MinDuration { get; init; }
    public DateTimeOffset? From { get; init; }
    public DateTimeOffset? To { get; init; }

    /// <summary>A further condition on the keys of <see cref="FilterKeys.Span"/> and on <c>attributes.{key}</c>.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Spans on one page, 1 to 1000; a number beyond is taken as the nearest of these.</summary>
    public int Limit { get; init; } = 50;

    public string? Cursor { get; init; }
}

/// <summary>What spans are grouped by. <c>Name</c> groups by name and type, <c>Day</c> by UTC date of the start.</summary>
public enum StatisticsKey
{
    Name,
    Type,
    Agent,
    Model,
    User,
    Session,
    Team,
    Workflow,
    Day,
}

public enum StatisticsOrder
{
    Calls,
    AvgDuration,
    P50Duration,
    P95Duration,
    MaxDuration,
    Errors,
    LastCalled,
    Cost,

    /// <summary>By the group itself, ascending; days in their order.</summary>
    Key,
}

/// <summary>Which spans are counted, and how they are grouped.</summary>
public sealed record StatisticsQuery
{
    /// <summary>One or two different keys.</summary>
    public required IReadOnlyList<StatisticsKey> By { get; init; }

    /// <summary>Started at this time or later. Required: statistics over all time would read the whole store.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Started before this time.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>Only the root spans of runs: then one call is one run.</summary>
    public bool RunsOnly { get; init; }

    public string? Type { get; init; }
    public string? Name { get; init; }
    public string? AgentId { get; init; }
    public string? TeamId { get; init; }
    public string? WorkflowId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? Model { get; init; }
    public StatisticsOrder Order { get; init; } = StatisticsOrder.Calls;

    /// <summary>True for the smallest first; <see cref="StatisticsOrder.Key"/> is always ascending.</summary>
    public bool Ascending { get; init; }

    /// <summary>Groups, 1 to 1000.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One group of spans. Durations in milliseconds; tokens and cost are those of the counted spans themselves.</summary>
/// <param name="Group">The value of each key in the order of the query; null for spans that lack it.</param>
public sealed record SpanStatistics(IReadOnlyList<string?> Group)
{
    /// <summary>The type of the spans when grouped by name; else null.</summary>
    public string? Type { get; init; }

    public required long Calls { get; init; }
    public required double AvgDurationMs { get; init; }
    public required double P50DurationMs { get; init; }
    public required double P95DurationMs { get; init; }
    public required double MaxDurationMs { get; init; }
    public required long Errors { get; init; }
    public required DateTimeOffset FirstCalledAt { get; init; }
    public required DateTimeOffset LastCalledAt { get; init; }
    public required RunUsage Usage { get; init; }

    /// <summary>US dollars over the calls whose price is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Spans with tokens and without a known price.</summary>
    public long UnpricedCalls { get; init; }
}
