// The `script` of a scripted model: its rules, each checked with the tools that it calls.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Models;

namespace AgentFunctions.Configuration;

internal static class ScriptSection
{
    public static IReadOnlyList<ScriptRule>? Read(ConfigValue? value, bool scripted, IReadOnlyCollection<string> tools)
    {
        if (value is null)
            return null;
        if (!scripted)
            value.AddProblem("belongs to models with `provider: scripted` only");
        return [.. value.List().Select(rule => ReadRule(rule, tools))];
    }

    private static ScriptRule ReadRule(ConfigValue value, IReadOnlyCollection<string> tools)
    {
        if (value.Map() is not { } map)
            return new ScriptRule();

        var rule = new ScriptRule
        {
            When = map.Get("when") is { } when ? ReadPattern(when) : null,
            AfterTool = map.Get("after_tool") is { } after ? ReadTool(after, tools) : null,
            Failed = map.Get("failed")?.Flag(),
            Step = map.Get("step")?.Integer(1),
            Think = map.Get("think")?.Text(),
            Say = map.Get("say")?.Text(),
            Call = map.Get("call") is { } call ? [.. call.List().Select(item => ReadCall(item, tools))] : null,
            DelayMs = map.Get("delay_ms")?.Integer(0, 60_000),
        };
        map.End();
        if (map.Has("failed") && !map.Has("after_tool"))
            map.Get("failed")!.AddProblem("is of a tool's result; give the rule `after_tool` as well");
        if (!map.Has("say") && !map.Has("call"))
            value.AddProblem("answers nothing; give it `say`, `call` or both");
        return rule;
    }

    private static ScriptedToolCall ReadCall(ConfigValue value, IReadOnlyCollection<string> tools)
    {
        if (value.Map() is not { } map)
            return new ScriptedToolCall("");

        var tool = map.Require("tool") is { } name ? ReadTool(name, tools) : null;
        var arguments = map.Get("arguments");
        map.End();
        if (arguments is { IsMap: false })
            arguments.AddProblem("must be a mapping of argument names to values");
        return new ScriptedToolCall(tool ?? "", arguments?.Json() as JsonObject);
    }

    private static string? ReadTool(ConfigValue value, IReadOnlyCollection<string> tools)
    {
        if (value.Text() is not { } name)
            return null;
        return tools.Any(known => IsKnown(name, known)) ? name : value.AddProblem($"there is no tool '{name}'", Spelling.Nearest(name, tools));
    }

    // A known name that ends in * stands for all that begin like it.
    private static bool IsKnown(string name, string known) =>
        known.EndsWith('*') ? name.StartsWith(known[..^1], StringComparison.Ordinal) : name == known;

    private static string? ReadPattern(ConfigValue value)
    {
        if (value.Text() is not { } pattern)
            return null;
        try
        {
            _ = new Regex(pattern, RegexOptions.IgnoreCase);
            return pattern;
        }
        catch (RegexParseException e)
        {
            return value.AddProblem($"is not a regular expression: {e.Message}");
        }
    }
}
