// A YAML mapping as a section reads it. The keys that a section asks for are the keys it knows; the rest are errors.
using YamlDotNet.RepresentationModel;

namespace AgentFunctions.Configuration;

internal sealed class ConfigMap(ConfigFile file, YamlMappingNode node, string path)
{
    private readonly HashSet<string> _known = [];

    /// <summary>The value of an optional key; null when it is absent.</summary>
    public ConfigValue? Get(string key)
    {
        _known.Add(key);
        return node.Children.TryGetValue(new YamlScalarNode(key), out var value)
            ? NotEmpty(new ConfigValue(file, value, PathOf(key)))
            : null;
    }

    /// <summary>The value of a key that must be there; null after a problem was added.</summary>
    public ConfigValue? Require(string key)
    {
        var value = Get(key);
        if (value is null && !Has(key))
            file.AddProblem(node, PathOf(key), "is required and missing");
        return value;
    }

    /// <summary>All entries, for mappings whose keys are names; every key counts as known.</summary>
    public IEnumerable<(string Name, ConfigValue Value)> Entries()
    {
        foreach (var (name, _) in node.Children)
        {
            if (name is YamlScalarNode { Value: { } text } && Get(text) is { } value)
                yield return (text, value);
        }
    }

    public bool Has(string key) => node.Children.ContainsKey(new YamlScalarNode(key));

    /// <summary>A key of the field that this version does not have: an error of its own, clearer than "unknown".</summary>
    public void Unsupported(string key)
    {
        _known.Add(key);
        if (node.Children.Keys.FirstOrDefault(name => name is YamlScalarNode scalar && scalar.Value == key) is { } found)
            file.AddProblem(found, PathOf(key), "is not supported by this version; remove it");
    }

    /// <summary>Reports every key that was not asked for. Called last.</summary>
    public void End()
    {
        foreach (var name in node.Children.Keys)
        {
            var key = (name as YamlScalarNode)?.Value;
            if (key is null)
                file.AddProblem(name, path, "has a key that is not a word");
            else if (!_known.Contains(key))
                AddUnknown(name, key);
        }
    }

    /// <summary>For vocabularies that are open, such as JSON Schema: reports only keys that are nearly one of <paramref name="words"/>.</summary>
    public void EndWithNearMisses(IReadOnlyCollection<string> words)
    {
        foreach (var name in node.Children.Keys.OfType<YamlScalarNode>())
        {
            if (name.Value is { } key && !words.Contains(key) && Spelling.Nearest(key, words) is { } nearest)
                file.AddProblem(name, PathOf(key), "is not a known key", nearest);
        }
    }

    private void AddUnknown(YamlNode name, string key)
    {
        var nearest = Spelling.Nearest(key, _known);
        var text = nearest is null ? $"is not a known key; known here: {string.Join(", ", _known.Order())}" : "is not a known key";
        file.AddProblem(name, PathOf(key), text, nearest);
    }

    private static ConfigValue? NotEmpty(ConfigValue value)
    {
        if (!value.IsNull)
            return value;
        value.AddProblem("is empty; give it a value or remove it");
        return null;
    }

    private string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";
}
