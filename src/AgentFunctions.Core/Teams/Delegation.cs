// Work that a team gave to a member: while the member does it, and once it is done.
using System.Text.Json.Serialization;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Teams;

/// <summary>A delegation that is under way.</summary>
/// <param name="Mode">Of the team.</param>
/// <param name="Round">From 1.</param>
public sealed record DelegationStart(TeamMode Mode, int Round)
{
    /// <summary>What the mark's key begins with; the member's run id follows.</summary>
    public const string KeyPrefix = "delegating:";

    /// <summary>Tells readers of the team's run what it waits for.</summary>
    internal RunCommit MarkFor(RunRecord team, RunRecord member) => new(team.RunId, KeyPrefix + member.RunId, AgentJson.Serialize(
        new DelegationFacts(member.AgentId, AgentJson.Word(Mode), Round, member.RunId, member.CreatedAt, member.CreatedAt)
        {
            TeamId = team.TeamId,
            WorkflowId = team.WorkflowId,
            Input = member.Input,
        }));
}

/// <summary>Input of CompleteDelegation.</summary>
/// <param name="RunId">The team's run.</param>
/// <param name="Member">The member's name.</param>
/// <param name="Mode">Of the team.</param>
/// <param name="Round">From 1.</param>
/// <param name="Outcome">How the member's run ended.</param>
public sealed record Delegation(string RunId, string Member, TeamMode Mode, int Round, RunOutcome Outcome)
{
    /// <summary>What every delegation's key begins with; its result is a <see cref="DelegationFacts"/>.</summary>
    public const string KeyPrefix = "delegation:";

    /// <summary>The leader's tool call that this answers; null when no model asked for it.</summary>
    public ToolStep? Call { get; init; }

    /// <summary>True for the first delegation of its round.</summary>
    public bool OpensRound { get; init; }

    [JsonIgnore]
    public string Key => $"{KeyPrefix}{Round}:{Outcome.RunId}";

    [JsonIgnore]
    public bool Succeeded => Outcome.Status == RunStatus.Completed;

    /// <summary>Null when the member succeeded.</summary>
    [JsonIgnore]
    public RunError? Error => Succeeded ? null : Outcome.Error ?? new RunError(
        Outcome.Status == RunStatus.Cancelled ? RunErrorCodes.RunCancelled : RunErrorCodes.Unknown, $"The run of {Member} ended as {Outcome.TerminationReason}.");
}
