// As much of Bicep as our templates need, because nothing here compiles Bicep: declarations, module calls, references.
using System.Text.RegularExpressions;

namespace AgentFunctions.Tests.Deployment;

/// <summary>The names that a Bicep file declares and uses. It reads files in our own layout: one declaration a line, two spaces of indentation.</summary>
internal sealed partial class BicepFile
{
    private readonly string _path;

    private BicepFile(string path)
    {
        _path = path;
        Text = File.ReadAllText(path);
        Parameters = [.. Parameter().Matches(Text).Select(m => m.Groups["name"].Value)];
        RequiredParameters = [.. Parameter().Matches(Text).Where(m => !m.Groups["default"].Success).Select(m => m.Groups["name"].Value)];
        Outputs = [.. Output().Matches(Text).Select(m => m.Groups["name"].Value)];
        Modules = [.. Module().Matches(Text).Select(Read)];
        OutputsUsed = [.. OutputUse().Matches(Text).Select(m => (m.Groups["module"].Value, m.Groups["output"].Value)).Distinct()];
    }

    public string Text { get; }

    public IReadOnlyList<string> Parameters { get; }

    public IReadOnlyList<string> RequiredParameters { get; }

    public IReadOnlyList<string> Outputs { get; }

    public IReadOnlyList<ModuleCall> Modules { get; }

    public IReadOnlyList<(string Module, string Output)> OutputsUsed { get; }

    public static BicepFile Read(string path) => new(path);

    /// <summary>How often a declared name occurs outside its declaration.</summary>
    public int UsesOf(string name) => Regex.Count(Text, $@"\b{name}\b") - 1;

    public override string ToString() => Path.GetFileName(_path);

    private ModuleCall Read(Match match)
    {
        var path = Path.Combine(Path.GetDirectoryName(_path)!, match.Groups["path"].Value);
        var arguments = Argument().Matches(match.Groups["params"].Value).Select(m => m.Groups["name"].Value);
        return new ModuleCall(match.Groups["name"].Value, path, [.. arguments]);
    }

    [GeneratedRegex(@"^param (?<name>\w+) \w+(?<default> = )?", RegexOptions.Multiline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^output (?<name>\w+) ", RegexOptions.Multiline)]
    private static partial Regex Output();

    [GeneratedRegex(@"^module (?<name>\w+) '(?<path>[^']+)'.*?\n  params: \{\n(?<params>.*?)\n  \}\n", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Module();

    [GeneratedRegex(@"^    (?<name>\w+):", RegexOptions.Multiline)]
    private static partial Regex Argument();

    [GeneratedRegex(@"\b(?<module>\w+)\.outputs\.(?<output>\w+)")]
    private static partial Regex OutputUse();
}

internal sealed record ModuleCall(string Name, string Path, IReadOnlyList<string> Arguments);
