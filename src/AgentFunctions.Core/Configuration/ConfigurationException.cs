// What is wrong with a configuration: every problem at once, each with its place and, where there is one, the likely fix.
using AgentFunctions.Runs;

namespace AgentFunctions.Configuration;

/// <summary>A configuration that cannot be used. The message lists every problem, one a line; it never shows the value of a key that holds a secret.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationProblem> problems, Exception? inner = null)
    : Exception(string.Join(Environment.NewLine, problems), inner)
{
    public string Code { get; } = RunErrorCodes.InvalidConfig;

    /// <summary>In the order of the file; never empty.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = problems;
}

/// <param name="File">The file as the caller named it; <c>code</c> for what was registered in code.</param>
/// <param name="Line">1-based; 0 when the problem is not at one place of the file.</param>
/// <param name="Column">1-based; 0 when the problem is not at one place of the file.</param>
/// <param name="Key">The path of the key, for example <c>agents[0].max_steps</c>; empty for the file as a whole.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Suggestion">The valid word nearest to the one found.</param>
public sealed record ConfigurationProblem(string File, long Line, long Column, string Key, string Text, string? Suggestion = null)
{
    public override string ToString()
    {
        var place = Line > 0 ? $"{File}:{Line}:{Column}" : File;
        var key = Key.Length > 0 ? $" key '{Key}':" : "";
        var suggestion = Suggestion is null ? "" : $"; did you mean '{Suggestion}'?";
        return $"{place}:{key} {Text}{suggestion}";
    }
}
