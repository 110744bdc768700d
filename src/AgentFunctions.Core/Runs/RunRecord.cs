// The run row: what GET /runs/{id} answers from.
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentFunctions.Agents;

namespace AgentFunctions.Runs;

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<RunStatus>))]
public enum RunStatus
{
    /// <summary>Accepted; no step has begun (it may wait for its session).</summary>
    Pending,
    Running,

    /// <summary>Under way, and waits for a person.</summary>
    Paused,
    Completed,
    Cancelled,
    Error,
}

/// <summary>One run of an agent, a team or a workflow. Times are UTC.</summary>
public sealed record RunRecord
{
    public required string RunId { get; init; }

    /// <summary>What runs; <see cref="AgentId"/> names it.</summary>
    public RunKind Kind { get; init; }

    public required string AgentId { get; init; }

    /// <summary>Hash of the definition the run is pinned to.</summary>
    public required string DefinitionHash { get; init; }

    public required string SessionId { get; init; }
    public string? UserId { get; init; }

    /// <summary>The run that started this one, or whatever id a client gave as such.</summary>
    public string? ParentRunId { get; init; }

    /// <summary>0 for a run that a client started, 1 for a member's run of it, and so on.</summary>
    public int Depth { get; init; }

    /// <summary>The innermost team that the run is of or works for.</summary>
    public string? TeamId { get; init; }

    /// <summary>The innermost workflow that the run is of or works for.</summary>
    public string? WorkflowId { get; init; }

    public required string Input { get; init; }
    public JsonObject? Metadata { get; init; }

    /// <summary>The model's name as sent to the provider.</summary>
    public required string Model { get; init; }

    /// <summary>The model that gave the latest answer, as sent to its provider: another than <see cref="Model"/> when a fallback took over.</summary>
    public string? AnsweredBy { get; init; }

    public RunBudget? Budget { get; init; }
    public RunStatus Status { get; init; }
    public required string TraceId { get; init; }

    /// <summary>The caller's <c>traceparent</c>, when the run joined the caller's trace.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Whether the run's spans are also exported (sampled once, at the start).</summary>
    public bool Export { get; init; } = true;

    /// <summary>True when the run ended while its trace could not be made whole; the sweeper tries again and clears it.</summary>
    public bool TraceIncomplete { get; init; }

    /// <summary>Hash of what was asked, to tell a repeated request from a different one with the same Idempotency-Key.</summary>
    public string? RequestHash { get; init; }

    /// <summary>The run's place in its session, from 1; null until the run has its turn, and for a member's run, which has none.</summary>
    public int? SessionPosition { get; init; }

    /// <summary>The final answer.</summary>
    public string? Content { get; init; }

    /// <summary>True when <see cref="Content"/> is the agent's structured output: JSON that fits its schema.</summary>
    public bool HasOutput { get; init; }

    public int Steps { get; init; }

    /// <summary>Seconds from the run's start to the first chunk of its first model call; null while there was none.</summary>
    public double? TimeToFirstTokenSeconds { get; init; }

    /// <summary><c>natural</c>, <c>max_steps</c>, <c>hook_stopped</c>, <c>budget_exceeded</c>, <c>cancelled</c> or <c>error</c>.</summary>
    public string? TerminationReason { get; init; }

    public RunUsage Usage { get; init; } = RunUsage.None;

    /// <summary>US dollars over the model calls whose cost is known; null when none is.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Model calls whose cost is not, or not wholly, in <see cref="CostUsd"/>: no price is known, or the provider did not report all they used.</summary>
    public int UnpricedCalls { get; init; }

    public RunError? Error { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The approvals that the run waits for; null when there is none.</summary>
    public IReadOnlyList<string>? Approvals { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }
    public string? CancelReason { get; init; }

    [JsonIgnore]
    public bool IsFinished => Status is RunStatus.Completed or RunStatus.Cancelled or RunStatus.Error;

    /// <summary>The run with these approvals to wait for: paused while there is one.</summary>
    public RunRecord WithApprovals(IReadOnlyList<string> approvals) => this with
    {
        Approvals = approvals.Count > 0 ? approvals : null,
        Status = approvals.Count > 0 ? RunStatus.Paused : RunStatus.Running,
    };
}

/// <summary>Tokens of one call or the sum over a run. Cached are part of prompt, reasoning part of completion.</summary>
public sealed record RunUsage(long PromptTokens, long CompletionTokens, long ReasoningTokens, long CachedTokens)
{
    public static RunUsage None { get; } = new(0, 0, 0, 0);

    /// <summary>Tokens written to the provider's cache, part of prompt.</summary>
    public long CacheWriteTokens { get; init; }

    public long TotalTokens => PromptTokens + CompletionTokens;

    public static RunUsage operator +(RunUsage a, RunUsage b) =>
        new(a.PromptTokens + b.PromptTokens, a.CompletionTokens + b.CompletionTokens,
            a.ReasoningTokens + b.ReasoningTokens, a.CachedTokens + b.CachedTokens)
        { CacheWriteTokens = a.CacheWriteTokens + b.CacheWriteTokens };
}

/// <summary>Why a run ended in error. <paramref name="Code"/> is one of <see cref="RunErrorCodes"/>.</summary>
public sealed record RunError(string Code, string Message, JsonObject? Details = null);
