// How a run ends that has no valid output.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Output;

public static class OutputErrors
{
    /// <summary>The last answer does not fit and the repairs are used up.</summary>
    public static RunError Invalid(OutputCheck check, int repairs) => new(RunErrorCodes.OutputInvalid,
        $"The answer does not fit the agent's output, after {repairs} repairs: {check.Problem}", Details(check, repairs));

    /// <summary>The steps are used up before there was a valid output.</summary>
    /// <param name="check">Of the last answer without tool calls; null when there was none.</param>
    public static RunError StepsTaken(int steps, OutputCheck? check, int repairs) => new(RunErrorCodes.OutputInvalid,
        $"The run took its {steps} steps without an answer that fits the agent's output. Raise max_steps, or say in the prompt when to answer.",
        Details(check, repairs));

    private static JsonObject Details(OutputCheck? check, int repairs) => new()
    {
        ["repairs"] = repairs,
        ["problem"] = check?.Problem,
        ["text"] = check?.Excerpt,
    };
}
