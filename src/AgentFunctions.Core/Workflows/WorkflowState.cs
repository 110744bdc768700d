// What the expressions of a workflow's run see: its input, the outputs of its steps, and what they have set.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

/// <summary>Read from the run store each time, so that there is nothing to lose.</summary>
internal static class WorkflowState
{
    /// <summary>The first names that an expression may use.</summary>
    public static IReadOnlyList<string> Names { get; } = ["input", "steps", "state", "run", "loop"];

    /// <param name="iteration">Of the innermost loop; null outside loops.</param>
    public static async Task<JsonElement> ReadAsync(IRunStore runs, RunRecord run, int? iteration, CancellationToken cancellationToken)
    {
        var results = await runs.GetResultsAsync(run.RunId, cancellationToken);
        return Of(run, ResultsIn(results), iteration);
    }

    /// <summary>The ended attempts in the order of their ends.</summary>
    public static IReadOnlyList<StepResult> ResultsIn(IEnumerable<RunResult> results) =>
        [.. results.Where(r => r.Key.StartsWith(StepResult.KeyPrefix, StringComparison.Ordinal)).Select(r => AgentJson.Deserialize<StepResult>(r.ResultJson))];

    /// <summary>A text that is a JSON object or list as such, so that expressions can look into it; any other text as it is.</summary>
    public static JsonNode OfText(string text)
    {
        if (text.AsSpan().Trim() is not (['{', .., '}'] or ['[', .., ']']))
            return JsonValue.Create(text);
        try
        {
            return JsonNode.Parse(text)!;
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    // A step that ended more than once, in rounds or attempts, is what it was at its latest end.
    private static JsonElement Of(RunRecord run, IReadOnlyList<StepResult> results, int? iteration)
    {
        var (steps, state) = (new JsonObject(), new JsonObject());
        foreach (var result in results)
        {
            steps[result.Step.StepId] = StepJson(result);
            if (result is not { Kind: StepKind.Set, Output: JsonObject values })
                continue;
            foreach (var (name, value) in values)
                state[name] = value?.DeepClone();
        }

        return JsonSerializer.SerializeToElement(new JsonObject
        {
            ["input"] = OfText(run.Input),
            ["steps"] = steps,
            ["state"] = state,
            ["run"] = new JsonObject
            {
                ["id"] = run.RunId,
                ["session_id"] = run.SessionId,
                ["user_id"] = run.UserId,
                ["metadata"] = run.Metadata?.DeepClone(),
            },
            ["loop"] = new JsonObject { ["iteration"] = iteration },
        });
    }

    private static JsonObject StepJson(StepResult result) => new()
    {
        ["status"] = AgentJson.Word(result.Status),
        ["output"] = result.Output?.DeepClone(),
        ["error"] = result.Error is { } error ? new JsonObject { ["code"] = error.Code, ["message"] = error.Message } : null,
    };
}
