// Checks an answer against the agent's output: is it JSON, does it fit, and what is the model told if not.
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentFunctions.Tools;

namespace AgentFunctions.Output;

/// <summary>What came of checking an answer; stored with the step's result.</summary>
/// <param name="Problem">What is wrong, in words for the model; null when the answer is the run's output.</param>
/// <param name="AskedAgain">True when the model is asked for a valid answer in the next step.</param>
/// <param name="Excerpt">The beginning of an answer that does not fit, for the run's error.</param>
public sealed record OutputCheck(string? Problem = null, bool AskedAgain = false, string? Excerpt = null)
{
    private const int ExcerptLength = 200;

    /// <summary>Checks a whole answer.</summary>
    /// <param name="output">The agent's output.</param>
    /// <param name="answer">The answer's text.</param>
    /// <param name="cutOff">True when the answer ended at the token limit.</param>
    /// <param name="mayAskAgain">False when no repair is left.</param>
    public static OutputCheck Of(OutputDefinition output, string answer, bool cutOff, bool mayAskAgain)
    {
        if (OutputText.ProblemOf(output.Schema, answer) is not { } problem)
            return new OutputCheck();
        if (cutOff)
            problem = $"The answer was cut off at the token limit. {problem}";
        return new OutputCheck(problem, mayAskAgain, answer.Length <= ExcerptLength ? answer : answer[..ExcerptLength]);
    }
}

/// <summary>The JSON in an answer's text.</summary>
internal static partial class OutputText
{
    private static readonly ArgumentValidator _validator = new();

    /// <summary>The JSON of the answer, alone or as one fenced block; null when it is no JSON.</summary>
    public static JsonElement? Parse(string answer) => TryParse(answer, out _);

    /// <summary>Null when the answer is JSON that fits the schema.</summary>
    public static string? ProblemOf(JsonElement schema, string answer)
    {
        if (string.IsNullOrWhiteSpace(answer))
            return "The answer is empty.";
        if (TryParse(answer, out var problem) is not { } json)
            return problem;
        var problems = _validator.ProblemsOf(schema, json);
        return problems.Count == 0 ? null : $"The JSON does not fit its schema: {string.Join("; ", problems)}.";
    }

    private static JsonElement? TryParse(string answer, out string? problem)
    {
        problem = null;
        try
        {
            var fenced = Fence().Match(answer);
            return JsonElement.Parse(fenced.Success ? fenced.Groups[1].Value : answer);
        }
        catch (JsonException e)
        {
            problem = $"The answer is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}).";
            return null;
        }
    }

    [GeneratedRegex(@"\A\s*```(?:json)?[ \t]*\n(.*)\n[ \t]*```\s*\z", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Fence();
}
