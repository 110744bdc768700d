// How a team or workflow names its members.
using System.Text.Json.Serialization;

namespace AgentFunctions.Agents;

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<RunKind>))]
public enum RunKind
{
    Agent,
    Team,
    Workflow,
}

/// <summary>A member, pinned to the definition it had when the team or workflow was loaded.</summary>
/// <param name="Name">The member's id.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Hash">Of its definition, which is stored when a run starts.</param>
public sealed record MemberReference(string Name, RunKind Kind, string Hash)
{
    public static MemberReference To(AgentDefinition member) => new(member.Name, member.Kind, member.Hash);
}
