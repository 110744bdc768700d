// The one rule for names of agents and tools.
using System.Text.RegularExpressions;

namespace AgentFunctions.Agents;

internal static partial class AgentNames
{
    public const int MaxLength = 64;

    public const string Rule = "1 to 64 letters, digits, '_' or '-'";

    /// <summary>True for a name that is safe in routes, span names and provider requests.</summary>
    public static bool IsValid(string name) => Pattern().IsMatch(name);

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex Pattern();
}
