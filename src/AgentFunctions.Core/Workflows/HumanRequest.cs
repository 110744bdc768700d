// What a workflow asks a person, and what follows the answer, or none.
using System.Text.Json.Serialization;
using AgentFunctions.Approvals;

namespace AgentFunctions.Workflows;

/// <summary>What follows a person's no.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RejectAction>))]
public enum RejectAction
{
    /// <summary>The run is cancelled.</summary>
    Cancel,

    /// <summary>The run goes on without the step.</summary>
    Skip,

    /// <summary>The steps of <see cref="WorkflowStep.Else"/> take its place.</summary>
    Else,

    /// <summary>The step before is done again, and the person is asked again.</summary>
    Retry,
}

/// <summary>What follows when nobody answers in time.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TimeoutAction>))]
public enum TimeoutAction
{
    /// <summary>The run is cancelled.</summary>
    Cancel,

    /// <summary>The run goes on without the step.</summary>
    Skip,

    /// <summary>As if a person had said yes.</summary>
    Approve,
}

/// <summary>The <c>human</c> part of a step.</summary>
public sealed record HumanRequest
{
    public ApprovalPause Pause { get; init; }

    /// <summary>What the person fills in, for <see cref="ApprovalPause.UserInput"/>.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>How many different people must say yes.</summary>
    public int Quorum { get; init; } = 1;

    /// <summary>Who may decide; null for anybody.</summary>
    public IReadOnlyList<string>? Approvers { get; init; }

    public TimeSpan? ExpiresAfter { get; init; }

    public RejectAction OnReject { get; init; }

    public TimeoutAction OnTimeout { get; init; }
}
