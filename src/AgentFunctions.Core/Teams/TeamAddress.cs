// To whom the input of a team without a leader is addressed.
using System.Text.RegularExpressions;
using AgentFunctions.Runs;

namespace AgentFunctions.Teams;

/// <summary>An input names a member as its first word (<c>@billing refund my order</c>), or in the run's metadata as <c>agent</c>.</summary>
public static partial class TeamAddress
{
    public const string MetadataKey = "agent";

    /// <summary>The name that the run or its input gives, a member's or not; null when it gives none.</summary>
    public static string? Of(RunRecord run, string input)
    {
        var match = Address().Match(input);
        if (match.Success)
            return match.Groups["name"].Value;
        return run.Metadata?[MetadataKey] is System.Text.Json.Nodes.JsonValue value && value.TryGetValue<string>(out var name) ? name : null;
    }

    /// <summary>The input without the address.</summary>
    public static string Strip(string input, string member)
    {
        var match = Address().Match(input);
        return match.Success && match.Groups["name"].Value == member && match.Length < input.Length ? input[match.Length..] : input;
    }

    [GeneratedRegex(@"^\s*@(?<name>[A-Za-z0-9_-]+)[:,]?(\s+|$)")]
    private static partial Regex Address();
}
