// What the activities of a workflow's run take and give: addresses and small facts; texts stay in the run store.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

/// <summary>One attempt of a step.</summary>
/// <param name="RunId">The workflow's run.</param>
/// <param name="StepId">In the definition.</param>
/// <param name="Address">See <see cref="StepAddress"/>; unique in the run.</param>
/// <param name="Number">From 1, in the order in which attempts of the run begin.</param>
public sealed record StepAttempt(string RunId, string StepId, string Address, int Number)
{
    /// <summary>From 1; 0 for the fallback of a step.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The step's place among its neighbours, from 0.</summary>
    public int Index { get; init; }

    /// <summary>How many steps are around it.</summary>
    public int Depth { get; init; }

    /// <summary>The round of the innermost loop around it, from 1; null outside loops.</summary>
    public int? Iteration { get; init; }

    /// <summary>What the result of the beginning is stored under.</summary>
    [JsonIgnore]
    public string BegunKey => $"{StepBegun.KeyPrefix}{Address}";

    /// <summary>What the result is stored under.</summary>
    [JsonIgnore]
    public string Key => $"{StepResult.KeyPrefix}{Address}";

    /// <summary>Names this work to whoever must not do it twice.</summary>
    [JsonIgnore]
    public string IdempotencyKey => $"{RunId}:{Address}";
}

/// <summary>What BeginStep found out, as the orchestrator needs it.</summary>
/// <param name="Ended">Set when the step is over at once: skipped, or failed because something cannot be evaluated.</param>
/// <param name="Choice"><c>then</c> or <c>else</c> of a condition, the name of a route; null for other kinds.</param>
public sealed record StepDecision(StepStatus? Ended = null, string? Choice = null, RunError? Error = null);

/// <summary>The beginning of an attempt, stored under <see cref="StepAttempt.BegunKey"/>.</summary>
/// <param name="Input">What the member or function is asked, the arguments, or the values to set.</param>
public sealed record StepBegun(StepAttempt Step, StepKind Kind, JsonNode? Input, StepDecision Decision, DateTimeOffset StartedAt)
{
    public const string KeyPrefix = "begin:";
}

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<StepStatus>))]
public enum StepStatus
{
    Completed,
    Error,
    Skipped,
    Cancelled,
}

/// <summary>Input of EndStep: how the work of an attempt went.</summary>
public sealed record StepEnd(StepAttempt Step, StepStatus Status)
{
    public RunError? Error { get; init; }

    /// <summary>How the member's run ended, when a member did the work.</summary>
    public RunOutcome? Member { get; init; }

    /// <summary>Addresses of the steps within whose outputs make this one's.</summary>
    public IReadOnlyList<string> Within { get; init; } = [];
}

/// <summary>How an attempt ended, stored under <see cref="StepAttempt.Key"/>; with its beginning it holds all that its spans need.</summary>
public sealed record StepResult
{
    public const string KeyPrefix = "step:";

    public required StepAttempt Step { get; init; }
    public required StepKind Kind { get; init; }
    public required StepStatus Status { get; init; }

    /// <summary>A text, or any other JSON.</summary>
    public JsonNode? Output { get; init; }

    /// <summary>What the step asked for.</summary>
    public JsonNode? Input { get; init; }

    /// <summary>See <see cref="StepDecision"/>.</summary>
    public string? Choice { get; init; }

    public RunError? Error { get; init; }

    /// <summary>The member's run, when a member did the work.</summary>
    public string? MemberRunId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
}

/// <summary>Input of TestLoop: whether a loop that has done <paramref name="Iteration"/> rounds goes on.</summary>
/// <param name="Iteration">From 0: the first round is announced by this as well.</param>
public sealed record LoopRound(StepAttempt Loop, int Iteration)
{
    [JsonIgnore]
    public string Key => $"round:{Loop.Address}:{Iteration}";
}

/// <param name="GoesOn">Whether there is another round.</param>
/// <param name="Error">Set when the condition cannot be evaluated.</param>
public sealed record RoundDecision(bool GoesOn, RunError? Error = null);

/// <summary>Input of EndWorkflow.</summary>
/// <param name="LastStep">Address of the last step that was not skipped, whose output is the answer unless the workflow says otherwise.</param>
public sealed record WorkflowEnd(string RunId, string? LastStep);

/// <summary>Input of BeginWorkflow.</summary>
/// <param name="SessionPosition">The run's place in its session; 0 for a member's run.</param>
public sealed record WorkflowBeginning(string RunId, int SessionPosition);
