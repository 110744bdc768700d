// Work that a team gave to a member, once the member is done.
using System.Text.Json.Serialization;
using AgentFunctions.Runs;

namespace AgentFunctions.Teams;

/// <summary>Input of CompleteDelegation.</summary>
/// <param name="RunId">The team's run.</param>
/// <param name="Member">The member's name.</param>
/// <param name="Mode">Of the team.</param>
/// <param name="Round">From 1.</param>
/// <param name="Outcome">How the member's run ended.</param>
public sealed record Delegation(string RunId, string Member, TeamMode Mode, int Round, RunOutcome Outcome)
{
    /// <summary>What every delegation's key begins with; its result is a <see cref="Telemetry.Spans.DelegationFacts"/>.</summary>
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
