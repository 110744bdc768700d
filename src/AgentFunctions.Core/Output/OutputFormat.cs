// How an agent's output travels in ChatOptions, and who asks for it: the provider's response format or the prompt.
using Microsoft.Extensions.AI;

namespace AgentFunctions.Output;

/// <summary>What a provider's response format can do in a streamed request.</summary>
internal enum FormatSupport
{
    /// <summary>Nothing that can be relied on.</summary>
    None,

    /// <summary>JSON, of any shape.</summary>
    Json,

    /// <summary>A schema; together with tools it keeps the model from calling them, or is not known to work.</summary>
    SchemaWithoutTools,

    /// <summary>A schema, also beside tools.</summary>
    Schema,
}

internal static class OutputFormat
{
    private const string StrictKey = "strict";
    private const string AlwaysKey = "response_format_always";

    /// <summary>Puts the output into the options of a model call.</summary>
    public static void Set(ChatOptions options, OutputDefinition output)
    {
        options.ResponseFormat = ChatResponseFormat.ForJsonSchema(output.Schema, output.Name, output.Description);
        options.AdditionalProperties ??= [];
        options.AdditionalProperties[StrictKey] = output.Strict;
        options.AdditionalProperties[AlwaysKey] = output.Native == true;
    }

    /// <summary>The format to send; null when none is asked for or the provider cannot be given it.</summary>
    public static ChatResponseFormatJson? SchemaFor(ChatOptions? options, FormatSupport support)
    {
        if (options?.ResponseFormat is not ChatResponseFormatJson { Schema: not null } format)
            return null;
        var usable = support == FormatSupport.Schema || (support == FormatSupport.SchemaWithoutTools && options.Tools is null or []);
        return usable || Flag(options, AlwaysKey) ? format : null;
    }

    public static bool IsStrict(ChatOptions? options) => Flag(options, StrictKey);

    private static bool Flag(ChatOptions? options, string key) =>
        options?.AdditionalProperties?.TryGetValue(key, out bool value) == true && value;
}
