// `redaction` and `aliases`, of the whole section or of one exporter.
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Configuration;

internal static class RedactionSection
{
    public static RedactionSettings? Read(ConfigValue? value)
    {
        if (value?.Map() is not { } map)
            return null;
        var builtIn = map.Get("builtin")?.List().Select(item => item.OneOf(RedactionOptions.BuiltInNames) ?? "").ToList();
        var own = map.Get("patterns")?.List().Select(ReadPattern).ToList();
        map.End();
        return new RedactionSettings(builtIn, own ?? []);
    }

    /// <summary>Null when the key is absent.</summary>
    public static AliasSet? ReadAliases(ConfigValue? value) => value?.List()
        .Aggregate(AliasSet.None, (sets, item) => item.OneOf(AliasSets.Names) is { } name && AliasSets.TryParse(name, out var set) ? sets | set : sets);

    private static RedactionPattern ReadPattern(ConfigValue item)
    {
        if (item.Map() is not { } map)
            return new RedactionPattern("", "");
        var pattern = new RedactionPattern(map.Require("name")?.Name() ?? "", map.Require("pattern")?.Text() ?? "");
        map.End();
        try
        {
            _ = Redactor.Create(new RedactionOptions { Own = [pattern] });
        }
        catch (ArgumentException e)
        {
            item.AddProblem(e.Message);
        }

        return pattern;
    }
}
