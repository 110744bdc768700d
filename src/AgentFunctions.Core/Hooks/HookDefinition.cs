// A pre- or post-hook as an agent's definition names it.
using System.Text.Json.Serialization;

namespace AgentFunctions.Hooks;

/// <summary>One entry of <c>pre_hooks</c> or <c>post_hooks</c>. Which settings count depends on <see cref="Uses"/>.</summary>
public sealed record HookDefinition
{
    public const int DefaultAttempts = 6;

    /// <summary>In spans, events and errors; unique in its list.</summary>
    public required string Name { get; init; }

    /// <summary>A word of <see cref="BuiltInHooks"/>, or the name of a hook registered in code.</summary>
    public required string Uses { get; init; }

    /// <summary>True for a post-hook that runs after the run's end, durably, while nobody waits for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Background { get; init; }

    /// <summary>How often a background hook is tried before it is given up.</summary>
    public int Attempts { get; init; } = DefaultAttempts;

    /// <summary>Whether a failure of the hook itself ends the run. Null for the usual: true for guardrails, which must not be open when they break, false for others.</summary>
    public bool? Required { get; init; }

    /// <summary>Of <c>pii</c> and <c>banned_words</c>: <c>block</c> (the default) or <c>redact</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Of <c>pii</c>: what to look for; null for all kinds.</summary>
    public IReadOnlyList<string>? Kinds { get; init; }

    /// <summary>Of <c>max_length</c>: characters.</summary>
    public int? Max { get; init; }

    /// <summary>Of <c>banned_words</c>: whole words, in any case.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>Of <c>banned_words</c>: regular expressions.</summary>
    public IReadOnlyList<string>? Patterns { get; init; }

    /// <summary>Of <c>webhook</c>: where to post; may hold <c>${VAR}</c>, expanded only when the call is made.</summary>
    public string? Url { get; init; }

    /// <summary>Of <c>webhook</c>: values may hold <c>${VAR}</c>, expanded only when the call is made.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Of <c>webhook</c>.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>A hook without settings, by the name of its kind.</summary>
    public static HookDefinition Of(string name) => new() { Name = name, Uses = name };
}
