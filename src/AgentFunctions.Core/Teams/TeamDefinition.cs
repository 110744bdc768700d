// What makes a definition a team: who its members are and how work reaches them.
using System.Text.Json.Serialization;
using AgentFunctions.Agents;

namespace AgentFunctions.Teams;

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<TeamMode>))]
public enum TeamMode
{
    /// <summary>The leader's model gives work to members, in rounds, and writes the answer.</summary>
    Coordinate,

    /// <summary>As <see cref="Coordinate"/>, as the <c>supervisor</c> section declares it.</summary>
    Supervisor,

    /// <summary>The leader chooses one member, whose answer is the team's.</summary>
    Route,

    /// <summary>Every member gets the input at the same time; the leader makes one answer of theirs.</summary>
    Broadcast,
}

/// <summary>The team part of a definition. The leader's prompt, model and limits are those of the definition itself.</summary>
public sealed record TeamDefinition
{
    /// <summary>Rounds of delegation when the team names no limit of its own.</summary>
    public const int DefaultMaxRounds = 10;

    public required TeamMode Mode { get; init; }

    /// <summary>In the order of the configuration; pinned by hash.</summary>
    public required IReadOnlyList<MemberReference> Members { get; init; }

    /// <summary>The most model steps of the leader that may delegate, at least 1.</summary>
    public int MaxRounds { get; init; } = DefaultMaxRounds;
}
