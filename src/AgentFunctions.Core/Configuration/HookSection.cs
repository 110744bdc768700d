// `pre_hooks` and `post_hooks` of an agent: names, or mappings with the settings of a built-in hook.
using AgentFunctions.Hooks;
using AgentFunctions.Hooks.Guardrails;

namespace AgentFunctions.Configuration;

internal static class HookSection
{
    private static readonly string[] _actions = ["block", "redact"];

    /// <summary>Null when there is none, so that agents without hooks keep their hash.</summary>
    public static IReadOnlyList<HookDefinition>? Read(ConfigValue? value, bool mayRunInBackground)
    {
        var hooks = new List<HookDefinition>();
        foreach (var item in value?.List() ?? [])
        {
            if (ReadHook(item, mayRunInBackground) is not { } hook)
                continue;
            if (hooks.Any(other => other.Name == hook.Name))
                item.AddProblem($"there is already a hook '{hook.Name}' in this list; give one of them another `name`");
            hooks.Add(hook);
        }

        return hooks.Count == 0 ? null : hooks;
    }

    private static HookDefinition? ReadHook(ConfigValue item, bool mayRunInBackground)
    {
        if (!item.IsMap)
            return item.Name() is { } name ? Checked(HookDefinition.Of(name), item) : null;
        if (item.Map() is not { } map || map.Require("hook")?.Name() is not { } uses)
            return null;
        var hook = new HookDefinition
        {
            Name = map.Get("name")?.Name() ?? uses,
            Uses = uses,
            Required = map.Get("required")?.Flag(),
        };
        hook = ReadSettings(hook, map);
        if (mayRunInBackground)
            hook = ReadBackground(hook, map);
        map.End();
        return Checked(hook, item);
    }

    private static HookDefinition ReadSettings(HookDefinition hook, ConfigMap map) => hook.Uses switch
    {
        BuiltInHooks.Pii => hook with
        {
            Action = map.Get("action")?.OneOf(_actions),
            Kinds = map.Get("kinds")?.List().Select(kind => kind.OneOf(PiiGuardrail.Kinds) ?? "").ToList(),
        },
        BuiltInHooks.MaxLength => hook with { Max = map.Get("max")?.Integer(1) },
        BuiltInHooks.BannedWords => hook with
        {
            Action = map.Get("action")?.OneOf(_actions),
            Words = map.Get("words")?.List().Select(word => word.Text() ?? "").ToList(),
            Patterns = map.Get("patterns")?.List().Select(Pattern).ToList(),
        },
        BuiltInHooks.Webhook => hook with
        {
            Url = map.Get("url")?.Secret(),
            Headers = map.Get("headers")?.Secrets(),
            TimeoutSeconds = map.Get("timeout_seconds")?.Integer(1, 600),
        },
        _ => hook,
    };

    private static HookDefinition ReadBackground(HookDefinition hook, ConfigMap map) => hook with
    {
        Background = map.Get("background")?.Flag() ?? false,
        Attempts = map.Get("attempts")?.Integer(1, 100) ?? HookDefinition.DefaultAttempts,
    };

    // What a hook cannot do without.
    private static HookDefinition Checked(HookDefinition hook, ConfigValue item)
    {
        var missing = hook switch
        {
            { Uses: BuiltInHooks.MaxLength, Max: null } => "needs `max`, the most characters: { hook: max_length, max: 4000 }",
            { Uses: BuiltInHooks.BannedWords, Words: null, Patterns: null } => "needs `words` or `patterns`: { hook: banned_words, words: [secret] }",
            { Uses: BuiltInHooks.Webhook, Url: null } => "needs a `url`: { hook: webhook, url: \"https://…\" }",
            _ => null,
        };
        if (missing is not null)
            item.AddProblem(missing);
        return hook;
    }

    private static string Pattern(ConfigValue value)
    {
        if (value.Text() is not { } pattern)
            return "";
        if (BannedWordsGuardrail.ProblemOf(pattern) is { } problem)
            value.AddProblem(problem);
        return pattern;
    }
}
