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

    /// <summary>Each member in turn gets the input and what the one before answered; the last answer is the team's. No leader.</summary>
    RoundRobin,

    /// <summary>The input names the member: <c>@name …</c>, or <c>agent</c> in the metadata. No leader.</summary>
    Manual,
}

/// <summary>The team part of a definition. The leader's prompt, model and limits are those of the definition itself.</summary>
public sealed record TeamDefinition
{
    /// <summary>Rounds of delegation when the team names no limit of its own.</summary>
    public const int DefaultMaxRounds = 10;

    public required TeamMode Mode { get; init; }

    /// <summary>In the order of the configuration; pinned by hash.</summary>
    public required IReadOnlyList<MemberReference> Members { get; init; }

    /// <summary>The most model steps of the leader that may delegate, at least 1; in <see cref="TeamMode.RoundRobin"/> the most members asked.</summary>
    public int MaxRounds { get; init; } = DefaultMaxRounds;

    /// <summary>By member: what takes the place of the member's own budget in runs for this team.</summary>
    public IReadOnlyDictionary<string, RunBudget>? MemberBudgets { get; init; }

    /// <summary>Whether a leader's model hands out the work, by tool calls.</summary>
    [JsonIgnore]
    public bool LeaderDelegates => Delegates(Mode);

    public static bool Delegates(TeamMode mode) => mode is TeamMode.Coordinate or TeamMode.Supervisor or TeamMode.Route;
}
