// ${VAR} in configuration strings: one syntax, whether expanded when the file is loaded or when a secret is used.
using System.Text.RegularExpressions;

namespace AgentFunctions.Configuration;

/// <summary>
/// Expands <c>${VAR}</c> and <c>${VAR:-default}</c> (the default stands in for an unset or empty variable).
/// <c>$$</c> is one dollar sign; a dollar sign before anything else is itself.
/// </summary>
public static partial class VariableTemplate
{
    /// <summary>The template with every variable replaced by what <paramref name="lookup"/> gives for its name. Values are not expanded again.</summary>
    /// <exception cref="VariableTemplateException">A variable without a default is unset (null), or a <c>${</c> is malformed.</exception>
    public static string Expand(string template, Func<string, string?> lookup) =>
        Escape().Replace(template, match => match.Value == "$$" ? "$" : Value(match, lookup));

    private static string Value(Match match, Func<string, string?> lookup)
    {
        var name = match.Groups["name"].Value;
        if (name.Length == 0 || match.Groups["end"].Length == 0)
            throw new VariableTemplateException($"'{match.Value}' is not of the form ${{NAME}} or ${{NAME:-default}}; write '$${{' for the characters themselves");

        var value = lookup(name);
        if (match.Groups["default"].Success && string.IsNullOrEmpty(value))
            value = match.Groups["default"].Value;
        return value ?? throw new VariableTemplateException(
            $"the environment variable {name} is not set; set it, or give a default: ${{{name}:-value}}", name);
    }

    // "$$", or "${" with as much of a well-formed variable as there is.
    [GeneratedRegex(@"\$\$|\$\{(?<name>[A-Za-z0-9_]*)(:-(?<default>[^}]*))?(?<end>\})?")]
    private static partial Regex Escape();
}

/// <summary>A template that cannot be expanded. The message never holds a variable's value.</summary>
public sealed class VariableTemplateException(string message, string? variable = null) : Exception(message)
{
    /// <summary>The variable that is not set; null when the template itself is malformed.</summary>
    public string? Variable { get; } = variable;
}
