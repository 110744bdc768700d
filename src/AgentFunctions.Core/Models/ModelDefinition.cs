// One entry of `models`: where a model is and how it is called.
using System.Text.Json.Serialization;

namespace AgentFunctions.Models;

/// <summary>A model an agent talks to.</summary>
public sealed record ModelDefinition
{
    /// <summary>Stands where a definition has no model to call.</summary>
    public static ModelDefinition None { get; } = new() { Key = "none", Provider = "none", Model = "none" };

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
/// One rule of a scripted model; the first rule whose conditions all hold answers. A rule with no condition always answers.
/// </summary>
public sealed record ScriptRule
{
    /// <summary>A regular expression that the latest user message must match (case-insensitive); named groups are usable as <c>{name}</c> below.</summary>
    public string? When { get; init; }

    /// <summary>Holds when the latest message is the result of this tool; <c>{result}</c> and <c>{result.path}</c> are usable below.</summary>
    public string? AfterTool { get; init; }

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
