// Which other vocabularies a destination's spans speak beside the GenAI conventions.
namespace AgentFunctions.Telemetry.Aliases;

/// <summary>Sets of extra attribute names, opt-in by <c>observability.aliases</c> or by one exporter's <c>aliases</c>.</summary>
[Flags]
public enum AliasSet
{
    None = 0,

    /// <summary>The names of GoAI's OpenTelemetry provider: <c>gen_ai.system</c>, <c>goai.step</c>, <c>goai.tool.*</c>.</summary>
    GoAI = 1,

    /// <summary>The names of Aixgo: <c>agent.*</c>, <c>message.id</c>, <c>llm.*</c>, <c>tool.*</c>, <c>execution.*</c>.</summary>
    Aixgo = 2,

    /// <summary>All of OpenInference, messages flattened, and <c>input.value</c>/<c>output.value</c> on model calls: for Phoenix and Arize.</summary>
    OpenInference = 4,

    /// <summary>The <c>langfuse.*</c> attributes.</summary>
    Langfuse = 8,

    /// <summary><c>microsoft.gen_ai.main_agent.*</c>, by which Application Insights groups the spans of a run.</summary>
    AzureMonitor = 16,

    /// <summary>The <c>logfire.*</c> attributes, the cost and the time to the first token as Logfire reads them.</summary>
    Logfire = 32,
}

/// <summary>The words that the configuration has for <see cref="AliasSet"/>.</summary>
public static class AliasSets
{
    private static readonly Dictionary<string, AliasSet> _byName = new()
    {
        ["goai"] = AliasSet.GoAI,
        ["aixgo"] = AliasSet.Aixgo,
        ["openinference"] = AliasSet.OpenInference,
        ["langfuse"] = AliasSet.Langfuse,
        ["azure_monitor"] = AliasSet.AzureMonitor,
        ["logfire"] = AliasSet.Logfire,
    };

    public static IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>False for a word that is none of <see cref="Names"/>.</summary>
    public static bool TryParse(string name, out AliasSet set) => _byName.TryGetValue(name, out set);
}
