// An approval: what a run asks a person, and what came of it. Times are UTC.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AgentFunctions.Approvals;

public enum ApprovalStatus
{
    Pending,
    Approved,
    Rejected,

    /// <summary>Nobody decided in time.</summary>
    Expired,

    /// <summary>The run was cancelled, or ended, before anybody decided.</summary>
    Cancelled,
}

/// <summary>What the person is to do.</summary>
public enum ApprovalPause
{
    /// <summary>Say yes or no; the arguments may be edited.</summary>
    Confirmation,

    /// <summary>Fill in arguments that the model does not know.</summary>
    UserInput,

    /// <summary>Do it, and give the result.</summary>
    ExternalExecution,
}

/// <summary>What asked.</summary>
public enum ApprovalSource
{
    Agent,
    Team,
    Workflow,
}

/// <summary>One request to a person. Changed only by the functions of <see cref="ApprovalDecisions"/>.</summary>
public sealed record ApprovalRecord
{
    /// <summary>Derived from what is asked (see <see cref="ApprovalIds"/>), so that asking again is the same request.</summary>
    public required string Id { get; init; }

    public required string RunId { get; init; }
    public required string SessionId { get; init; }
    public required string AgentId { get; init; }
    public string? TeamId { get; init; }
    public string? WorkflowId { get; init; }

    /// <summary>The user whose run asks.</summary>
    public string? UserId { get; init; }

    public ApprovalStatus Status { get; init; }
    public ApprovalSource SourceType { get; init; }
    public ApprovalPause PauseType { get; init; }

    /// <summary>The tool that waits, or the step of a workflow.</summary>
    public required string ToolName { get; init; }

    /// <summary>The model step of the call.</summary>
    public int Step { get; init; }

    /// <summary>The call that waits; unique within the run.</summary>
    public required string CallId { get; init; }

    /// <summary>What distinguishes a second request for the same call, for example <c>outcome_unknown:1</c>; null for the first.</summary>
    public string? Occasion { get; init; }

    /// <summary>What the tool is to be called with.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>The arguments that the person fills in; only for <see cref="ApprovalPause.UserInput"/>.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>Anything else that helps to decide, for example <c>{"reason": "outcome_unknown"}</c>.</summary>
    public JsonObject? Context { get; init; }

    /// <summary>How many different people must approve; one rejection decides.</summary>
    public int Quorum { get; init; } = 1;

    /// <summary>Who may decide; null for anybody.</summary>
    public IReadOnlyList<string>? Approvers { get; init; }

    public IReadOnlyList<ApprovalVote> Votes { get; init; } = [];

    /// <summary>What came with the deciding vote.</summary>
    public ApprovalResolution? Resolution { get; init; }

    /// <summary>Who decided; null when nobody did, or did not say who.</summary>
    public string? ResolvedBy { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? EscalateAt { get; init; }
    public DateTimeOffset? EscalatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }

    [JsonIgnore]
    public bool IsPending => Status == ApprovalStatus.Pending;

    /// <summary>What the person wrote with the deciding vote.</summary>
    [JsonIgnore]
    public string? Note => !IsPending && Votes is [.., var last] ? last.Note : null;
}

/// <summary>What one person said.</summary>
/// <param name="Status"><see cref="ApprovalStatus.Approved"/> or <see cref="ApprovalStatus.Rejected"/>.</param>
public sealed record ApprovalVote(ApprovalStatus Status, string? By, string? Note, DateTimeOffset At)
{
    [JsonIgnore]
    public ApprovalResolution? Resolution { get; init; }
}

/// <summary>What a person gave with an approval.</summary>
public sealed record ApprovalResolution
{
    /// <summary>The arguments as edited, in place of those of the request.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>The values of <see cref="ApprovalRecord.Fields"/>.</summary>
    public JsonElement? Values { get; init; }

    /// <summary>What the tool would have given, when it was done by the person.</summary>
    public JsonElement? Result { get; init; }
}
