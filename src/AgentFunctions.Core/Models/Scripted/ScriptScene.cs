// Where a scripted model stands in the conversation, and which rule of its script applies there.
using System.Text.Json;
using System.Text.RegularExpressions;
using AgentFunctions.Models.Providers;
using AgentFunctions.Runs;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Scripted;

internal sealed class ScriptScene
{
    private static readonly TimeSpan _matchTimeout = TimeSpan.FromSeconds(1);

    private readonly string _input;
    private readonly int _step;

    // Results since the latest answer, by tool; parallel calls leave more than one.
    private readonly Dictionary<string, JsonElement> _fresh = [];
    private readonly JsonElement? _latest;

    public ScriptScene(IReadOnlyList<ChatMessage> messages)
    {
        Messages = messages;
        var tools = messages.SelectMany(m => m.Contents).OfType<FunctionCallContent>().GroupBy(c => c.CallId).ToDictionary(g => g.Key, g => g.Last().Name);
        foreach (var message in messages)
        {
            if (message.Role == ChatRole.User)
                (_input, _step) = (WireText.TextOf(message), 0);
            if (message.Role == ChatRole.Assistant)
                _step++;
            if (message.Role != ChatRole.Tool)
                _fresh.Clear();
            foreach (var result in message.Contents.OfType<FunctionResultContent>())
                _latest = _fresh[tools.GetValueOrDefault(result.CallId, "")] = JsonOf(result);
        }

        _input ??= "";
        _step++;
    }

    public IReadOnlyList<ChatMessage> Messages { get; }

    /// <param name="mayCall">False to pass over rules that call tools.</param>
    /// <exception cref="ModelException">No rule applies, or a rule's pattern is no regular expression: INVALID_CONFIG.</exception>
    public (ScriptRule Rule, ScriptValues Values) Find(ModelDefinition model, bool mayCall)
    {
        foreach (var rule in model.Script ?? [])
        {
            if ((mayCall || rule.Call is null) && Applies(rule, model, out var groups))
                return (rule, new ScriptValues(_input, groups, ResultFor(rule)));
        }

        throw new ModelException(RunErrorCodes.InvalidConfig,
            $"No rule of the scripted model '{model.Key}' applies to model step {_step} of a run with the input '{Shortened(_input)}'. "
            + $"Add one to models.{model.Key}.script; a last rule with only `say` answers everything else.", retryable: false);
    }

    private bool Applies(ScriptRule rule, ModelDefinition model, out GroupCollection? groups)
    {
        groups = null;
        if (rule.Step is { } step && step != _step)
            return false;
        if (rule.AfterTool is { } tool && !(_fresh.TryGetValue(tool, out var result) && (rule.Failed is null || rule.Failed == IsError(result))))
            return false;
        if (rule.When is null)
            return true;
        var match = Match(rule.When, model);
        groups = match.Groups;
        return match.Success;
    }

    private Match Match(string pattern, ModelDefinition model)
    {
        try
        {
            return Regex.Match(_input, pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, _matchTimeout);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            throw new ModelException(RunErrorCodes.InvalidConfig,
                $"The rule `when: {pattern}` of the scripted model '{model.Key}' cannot be used: {e.Message}", retryable: false, e);
        }
    }

    // What a model is told of a failed call: {"error": code, "message": …}.
    private static bool IsError(JsonElement result) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty("error", out _) && result.TryGetProperty("message", out _);

    private JsonElement? ResultFor(ScriptRule rule) => rule.AfterTool is { } tool ? _fresh[tool] : _latest;

    private static JsonElement JsonOf(FunctionResultContent result) =>
        result.Result is JsonElement json ? json : JsonSerializer.SerializeToElement(result.Result);

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
