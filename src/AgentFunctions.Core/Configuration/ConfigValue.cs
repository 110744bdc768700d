// One YAML value, read as the type that a section wants; anything else is a problem at the value's line and column.
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AgentFunctions.Configuration;

/// <summary>A null result means that a problem was added.</summary>
internal sealed class ConfigValue(ConfigFile file, YamlNode node, string path)
{
    public ConfigFile File => file;

    public string Path => path;

    public bool IsNull => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    public bool IsList => node is YamlSequenceNode;

    public bool IsMap => node is YamlMappingNode;

    /// <summary>Adds a problem at this value. Returns null, so that a reader can return it.</summary>
    public string? AddProblem(string text, string? suggestion = null)
    {
        file.AddProblem(node, path, text, suggestion);
        return null;
    }

    public ConfigMap? Map()
    {
        if (node is YamlMappingNode mapping)
            return new ConfigMap(file, mapping, path);
        AddProblem($"must be a mapping (key: value), not {Describe()}");
        return null;
    }

    /// <summary>The items; empty after a problem was added.</summary>
    public IReadOnlyList<ConfigValue> List()
    {
        if (node is YamlSequenceNode sequence)
            return [.. sequence.Children.Select((item, index) => new ConfigValue(file, item, $"{path}[{index}]"))];
        AddProblem($"must be a list, not {Describe()}");
        return [];
    }

    /// <summary>A text with its variables expanded.</summary>
    public string? Text() => Template() is { } text ? file.Expand(node, path, text) : null;

    /// <summary>A text whose variables stay as they are, for secrets; that they are set is checked all the same.</summary>
    public string? Secret() => Template() is { } text && file.Expand(node, path, text) is not null ? text : null;

    /// <summary>A text as written.</summary>
    private string? Template() => node is YamlScalarNode { Value: { } text } && !IsNull
        ? text
        : AddProblem($"must be a text, not {Describe()}");

    public bool? Flag() => Text() switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        var other => Mismatch<bool>("must be true or false", other),
    };

    /// <summary>A whole number in decimal digits.</summary>
    public int? Integer(int min, int max = int.MaxValue) =>
        Parse(min, max, text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null, "a whole number");

    public long? Long(long min) =>
        Parse(min, long.MaxValue, text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : null, "a whole number");

    public decimal? Decimal(decimal min, decimal max = decimal.MaxValue) =>
        Parse(min, max, text => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) ? n : null, "a number");

    public double? Number(decimal min, decimal max = decimal.MaxValue) => (double?)Decimal(min, max);

    /// <summary>A duration such as <c>500ms</c>, <c>30s</c> or <c>1m30s</c>.</summary>
    public TimeSpan? Duration(TimeSpan min)
    {
        if (Text() is not { } text)
            return null;
        if (DurationText.Parse(text) is not { } duration)
            return Mismatch<TimeSpan>("must be a duration such as 500ms, 30s or 1m30s", text);
        if (duration >= min)
            return duration;
        AddProblem($"is too short: '{text}'");
        return null;
    }

    /// <summary>A day, as 2026-01-31.</summary>
    public DateOnly? Date()
    {
        if (Text() is not { } text)
            return null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day
            : Mismatch<DateOnly>("must be a day such as 2026-01-31", text);
    }

    /// <summary>One of a fixed set of words.</summary>
    public string? OneOf(params IReadOnlyCollection<string> words)
    {
        if (Text() is not { } text)
            return null;
        return words.Contains(text) ? text : AddProblem($"'{text}' is not one of {string.Join(", ", words)}", Spelling.Nearest(text, words));
    }

    /// <summary>An absolute http or https URL.</summary>
    public string? Url()
    {
        if (Text() is not { } text)
            return null;
        return IsUrl(text) ? text : AddProblem($"'{text}' is not an absolute http or https URL");
    }

    /// <summary>The URL that an environment variable holds; a problem with it is told at this value.</summary>
    public string? UrlOf(string variable)
    {
        if (file.Expand(node, path, $"${{{variable}}}") is not { } text)
            return null;
        return IsUrl(text) ? text : AddProblem($"the environment variable {variable} is '{text}', which is not an absolute http or https URL");
    }

    /// <summary>A name that is safe in routes, span names and provider requests.</summary>
    public string? Name()
    {
        if (Text() is not { } text)
            return null;
        return AgentNames.IsValid(text) ? text : AddProblem($"'{text}' must be {AgentNames.Rule}");
    }

    /// <summary>Texts by name whose values are secrets, such as headers.</summary>
    public IReadOnlyDictionary<string, string>? Secrets()
    {
        var secrets = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in Map()?.Entries() ?? [])
            secrets[name] = value.Secret() ?? "";
        return secrets;
    }

    /// <summary>Any value as JSON; texts have their variables expanded.</summary>
    public JsonNode? Json() => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(MemberJson)),
        YamlSequenceNode => new JsonArray([.. List().Select(item => item.Json())]),
        _ => IsNull ? null : ScalarJson((YamlScalarNode)node),
    };

    private KeyValuePair<string, JsonNode?> MemberJson(KeyValuePair<YamlNode, YamlNode> child) =>
        KeyValuePair.Create(child.Key.ToString(), new ConfigValue(file, child.Value, $"{path}.{child.Key}").Json());

    // The YAML core schema: only plain scalars can be something other than a text.
    private JsonNode? ScalarJson(YamlScalarNode scalar)
    {
        var text = Text();
        if (text is null || scalar.Style != ScalarStyle.Plain)
            return text;
        if (text is "true" or "false")
            return text == "true";
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : text;
    }

    private T? Parse<T>(T min, T max, Func<string, T?> parse, string kind) where T : struct, IComparable<T>, IMinMaxValue<T>
    {
        if (Text() is not { } text)
            return null;
        if (parse(text) is not { } number)
            return Mismatch<T>($"must be {kind}", text);
        if (number.CompareTo(min) >= 0 && number.CompareTo(max) <= 0)
            return number;
        AddProblem(max.CompareTo(T.MaxValue) == 0 ? $"must be {min} or more, not {text}" : $"must be from {min} to {max}, not {text}");
        return null;
    }

    private T? Mismatch<T>(string expectation, string found) where T : struct
    {
        AddProblem($"{expectation}, not '{found}'");
        return null;
    }

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";

    private string Describe() => node switch
    {
        YamlMappingNode => "a mapping",
        YamlSequenceNode => "a list",
        _ => IsNull ? "nothing" : "a single value",
    };
}
