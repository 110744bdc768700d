using System.Text.Json.Nodes;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>What Logfire's pages read beside the conventions: its own level, the cost, the time to the first token, and which texts are JSON.</summary>
internal static class LogfireAliases
{
    // OpenTelemetry's severity numbers.
    private const long Info = 9;
    private const long Error = 17;

    private static readonly (string Key, string Type)[] _json =
    [
        (SystemInstructions, "array"), (InputMessages, "array"), (OutputMessages, "array"), (ToolDefinitions, "array"), (RetrievalDocuments, "array"),
        (ToolCallArguments, "object"), (ToolCallResult, "object"),
    ];

    public static void Add(AliasWriter span)
    {
        span.Add("logfire.msg", span.Facts.Name);
        span.Add("logfire.level_num", span.Failed ? Error : Info);
        span.Add("logfire.json_schema", Schema(span));
        if (!span.IsModelCall)
            return;
        span.Add("operation.cost", span[CostUsd]);
        span.Add("gen_ai.client.operation.time_to_first_chunk", span[ResponseTimeToFirstChunk]);
    }

    private static string? Schema(AliasWriter span)
    {
        var properties = new JsonObject();
        foreach (var (key, type) in _json)
        {
            if (span.Content(key) is not null)
                properties[key] = new JsonObject { ["type"] = type };
        }

        return properties.Count == 0 ? null : new JsonObject { ["type"] = "object", ["properties"] = properties }.ToJsonString();
    }
}
