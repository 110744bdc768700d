// The structured output of a finished run, as JSON and as a C# value.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Output;

public static class RunOutput
{
    /// <summary>The run's output, which fits the agent's schema; null when the run has none (yet).</summary>
    public static JsonObject? Of(RunRecord run) =>
        run.HasOutput && OutputText.Parse(run.Content ?? "") is { } json ? JsonObject.Create(json) : null;

    /// <summary>Whether the text is the agent's output; a post-hook may have changed an answer that was.</summary>
    internal static bool Fits(AgentDefinition agent, string? content) =>
        agent.Output is { } output && content is not null && OutputText.ProblemOf(output.Schema, content) is null;

    /// <summary>The run's output as the type that the agent's output was made for.</summary>
    /// <exception cref="InvalidOperationException">The run has no output: it is not finished, ended otherwise, or its agent has no output.</exception>
    /// <exception cref="JsonException">The output does not fit <typeparamref name="T"/>.</exception>
    public static T Read<T>(RunRecord run)
    {
        var output = Of(run) ?? throw new InvalidOperationException(
            $"Run {run.RunId} has no output (status {run.Status}, {run.TerminationReason ?? "not finished"}). Wait for its end, and give its agent an `output`.");
        return output.Deserialize<T>(OutputSchema.Json) ?? throw new JsonException($"The output of run {run.RunId} is null.");
    }
}
