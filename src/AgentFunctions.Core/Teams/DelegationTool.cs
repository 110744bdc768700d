// The tool by which a leader's model gives work to a member.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Tools;

namespace AgentFunctions.Teams;

/// <summary>One tool for each member: <c>delegate_to_{member}</c> with the argument <c>task</c>. A call is a run of the member's.</summary>
public static class DelegationTool
{
    /// <summary>The argument that says what the member shall do.</summary>
    public const string Task = "task";

    /// <summary>Of a member's name, so that the tool's name is one that every provider takes.</summary>
    public const int LongestMemberName = AgentNames.MaxLength - 12;

    private const string Prefix = "delegate_to_";

    private static readonly JsonElement _parameters = JsonElement.Parse("""
        {
          "type": "object",
          "properties": { "task": { "type": "string", "description": "What the member shall do, with all it needs to know: it sees nothing else." } },
          "required": ["task"]
        }
        """);

    public static string NameFor(string member) => Prefix + member;

    public static ToolDefinition For(AgentDefinition member) => new()
    {
        Name = NameFor(member.Name),
        Description = $"Gives a task to the {AgentJson.Word(member.Kind)} '{member.Name}' and returns its answer. {member.Description}".TrimEnd(),
        Parameters = _parameters,
        Effect = ToolEffect.Idempotent,
        Member = member.Name,
    };
}
