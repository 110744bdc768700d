// One entry of `models`: where a model is and how it is called.
using System.Text.Json.Serialization;

namespace AgentFunctions.Models;

/// <summary>A model an agent talks to.</summary>
public sealed record ModelDefinition
{
    /// <summary>Stands where a definition has no model to call.</summary>
    public static ModelDefinition None { get; } = new() { Key = "none", Provider = "none", Model = "none" };

    public static IReadOnlyList<string> ReasoningEfforts { get; } = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

    /// <summary>The key in <c>models</c>, or <c>provider/model</c> when the agent named it so.</summary>
    public required string Key { get; init; }

    /// <summary><c>scripted</c>, <c>openai</c> (every OpenAI-compatible endpoint) or <c>anthropic</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>The name sent to the provider.</summary>
    public required string Model { get; init; }

    /// <summary>The endpoint; null for the provider's own.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>The key as configured, <c>${VAR}</c> unexpanded. Never serialized: a stored definition takes it from the current configuration.</summary>
    [JsonIgnore]
    public string? ApiKey { get; init; }

    /// <summary>Not for Anthropic, whose API has no temperature any more.</summary>
    public double? Temperature { get; init; }

    public int? MaxTokens { get; init; }

    /// <summary>The share of likely tokens to choose from, 0 to 1. Not for Anthropic.</summary>
    public double? TopP { get; init; }

    /// <summary>The same seed asks for the same answer. Not for Anthropic.</summary>
    public long? Seed { get; init; }

    /// <summary>Texts before which the answer ends.</summary>
    public IReadOnlyList<string>? Stop { get; init; }

    /// <summary>From -2 to 2; above 0, words that were used often become less likely. Not for Anthropic.</summary>
    public double? FrequencyPenalty { get; init; }

    /// <summary>From -2 to 2; above 0, words that were used at all become less likely. Not for Anthropic.</summary>
    public double? PresencePenalty { get; init; }

    /// <summary>How much a reasoning model shall think: a word of <see cref="ReasoningEfforts"/>, sent as it is. Which ones a model takes, its provider says.</summary>
    public string? ReasoningEffort { get; init; }

    /// <summary>True (the default) to take what an OpenAI-compatible model writes in <c>&lt;think&gt;</c> at the beginning of its answer as reasoning.</summary>
    public bool ThinkTags { get; init; } = true;

    /// <summary>What of a request the provider shall keep in its cache; null for what it does by itself.</summary>
    public PromptCache? Cache { get; init; }

    /// <summary>How much this process sends to the model; null for no limit.</summary>
    public RateLimit? RateLimit { get; init; }

    /// <summary>Models that take over, in their order, when this one's attempts are used up; each with settings of its own. Their own fallbacks do not count.</summary>
    public IReadOnlyList<ModelDefinition>? Fallbacks { get; init; }

    /// <summary>Tokens of thinking to ask for (Anthropic, models up to Claude 4.6; later ones decide for themselves and refuse it).</summary>
    public int? ThinkingTokens { get; init; }

    /// <summary>Seconds without any byte from the provider before the call counts as timed out.</summary>
    public int TimeoutSeconds { get; init; } = 120;

    /// <summary>How often a call that failed in a passing way is tried again.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>The rules of a <c>scripted</c> model.</summary>
    public IReadOnlyList<ScriptRule>? Script { get; init; }
}

/// <summary>
/// Marks of what stays the same from call to call. Anthropic caches what is marked; OpenAI caches by itself and, with any
/// mark, is told which calls belong to one session.
/// </summary>
/// <param name="System">The system prompt.</param>
/// <param name="Tools">The tools.</param>
/// <param name="Messages">The conversation so far.</param>
public sealed record PromptCache(bool System = true, bool Tools = true, bool Messages = true);

/// <summary>What one process may send to a model; a null member sets no limit. A call waits for its turn, at most the model's time-out.</summary>
/// <param name="RequestsPerMinute">Calls in a minute; as many may come at once after a quiet minute.</param>
/// <param name="TokensPerMinute">Prompt and completion tokens in a minute: estimated before a call, corrected after it.</param>
/// <param name="Concurrent">Calls under way at the same time.</param>
public sealed record RateLimit(int? RequestsPerMinute = null, long? TokensPerMinute = null, int? Concurrent = null);

/// <summary>
/// One rule of a scripted model; the first rule whose conditions all hold answers. A rule with no condition always answers.
/// </summary>
public sealed record ScriptRule
{
    /// <summary>A regular expression that the latest user message must match (case-insensitive); named groups are usable as <c>{name}</c> below.</summary>
    public string? When { get; init; }

    /// <summary>Holds when the latest message is the result of this tool; <c>{result}</c> and <c>{result.path}</c> are usable below.</summary>
    public string? AfterTool { get; init; }

    /// <summary>With <see cref="AfterTool"/>: holds only when that tool gave an error (true) or only when it did not (false).</summary>
    public bool? Failed { get; init; }

    /// <summary>Holds in this model step of the run only (1-based).</summary>
    public int? Step { get; init; }

    /// <summary>Reasoning streamed before the answer.</summary>
    public string? Think { get; init; }

    /// <summary>Text streamed as tokens.</summary>
    public string? Say { get; init; }

    /// <summary>Tools to call after the text.</summary>
    public IReadOnlyList<ScriptedToolCall>? Call { get; init; }

    /// <summary>Milliseconds between tokens, so that streaming is visible.</summary>
    public int? DelayMs { get; init; }
}

/// <summary>A tool call that a scripted model makes; strings in the arguments may use <c>{name}</c> placeholders. A string that is one placeholder takes the value with its JSON type.</summary>
public sealed record ScriptedToolCall(string Tool, System.Text.Json.Nodes.JsonObject? Arguments = null);
