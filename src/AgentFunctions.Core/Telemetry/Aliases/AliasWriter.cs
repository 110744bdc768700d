using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>A span to read from, and the attributes that alias sets add to it.</summary>
internal sealed class AliasWriter(SpanFacts facts, IReadOnlyDictionary<string, string> content)
{
    private readonly Dictionary<string, object> _added = [];

    public IReadOnlyDictionary<string, object> Added => _added;

    public SpanFacts Facts => facts;

    public string? Kind => Text(SpanKind);

    public bool IsModelCall => Kind == ModelKind;

    public bool IsTool => Kind == ToolKind;

    /// <summary>Whether the span is the root of a run.</summary>
    public bool IsRoot => facts.ParentPath is null;

    public bool Failed => Text(ErrorType) is not null;

    public long DurationMs => (long)(facts.End - facts.Start).TotalMilliseconds;

    public string? FinishReason => facts.Attributes.GetValueOrDefault(ResponseFinishReasons) is string[] { Length: > 0 } reasons ? reasons[0] : null;

    /// <summary>Null when no tokens were reported.</summary>
    public RunUsage? Usage => Number(UsageInputTokens) is not { } input
        ? null
        : new RunUsage(input, Number(UsageOutputTokens) ?? 0, Number(UsageReasoningTokens) ?? 0, Number(UsageCacheReadTokens) ?? 0)
        {
            CacheWriteTokens = Number(UsageCacheCreationTokens) ?? 0,
        };

    /// <summary>Null for a key that the span lacks.</summary>
    public object? this[string key] => facts.Attributes.GetValueOrDefault(key);

    public string? Text(string key) => this[key] as string;

    public long? Number(string key) => this[key] as long?;

    /// <summary>Null also where content is not wanted.</summary>
    public string? Content(string key) => content.GetValueOrDefault(key);

    /// <summary>Adds nothing when <paramref name="value"/> is null.</summary>
    /// <param name="key">The alias.</param>
    /// <param name="value">string, bool, long, double or string[].</param>
    public void Add(string key, object? value)
    {
        if (value is not null)
            _added[key] = value;
    }
}
