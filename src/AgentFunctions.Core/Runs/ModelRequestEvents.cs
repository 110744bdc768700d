// The events around one model call, for clients that ask for them.
using System.Text.Json.Nodes;
using AgentFunctions.Models;

namespace AgentFunctions.Runs;

internal static class ModelRequestEvents
{
    public static NewRunEvent Started(ModelStep step, ModelDefinition model, DateTimeOffset at) =>
        new(RunEventTypes.ModelRequest, Data("started", step.Step, step.Attempt, model), at, $"{step.BegunKey}:event");

    /// <summary>Tokens are of this call; times in seconds.</summary>
    public static NewRunEvent Completed(ModelStepResult result, ModelDefinition model)
    {
        var data = Data("completed", result.Step, result.Attempt, model);
        data["input_tokens"] = result.Usage.PromptTokens;
        data["output_tokens"] = result.Usage.CompletionTokens;
        data["total_tokens"] = result.Usage.TotalTokens;
        data["reasoning_tokens"] = result.Usage.ReasoningTokens;
        data["cache_read_tokens"] = result.Usage.CachedTokens;
        data["cache_write_tokens"] = result.Usage.CacheWriteTokens;
        data["cost_usd"] = result.CostUsd;
        data["duration"] = (result.EndedAt - result.StartedAt).TotalSeconds;
        data["time_to_first_token"] = result.TimeToFirstChunkSeconds;
        data["finish_reason"] = result.FinishReason;
        if (result.Error is { } error)
            data["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        return new(RunEventTypes.ModelRequest, data, result.EndedAt);
    }

    private static JsonObject Data(string status, int step, int attempt, ModelDefinition model) => new()
    {
        ["status"] = status,
        ["step"] = step,
        ["attempt"] = attempt,
        ["model"] = model.Model,
        ["model_provider"] = model.Provider,
    };
}
