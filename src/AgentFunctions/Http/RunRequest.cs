// The body of a run request, read and checked by hand so that every mistake is named.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

/// <summary>What a client asked: <c>{input, session_id?, user_id?, metadata?, run_context?, model?, budget?, stream?}</c>.</summary>
public sealed partial record RunRequest
{
    /// <summary>The largest body that is read, in bytes.</summary>
    public const int MaxBodyBytes = 10 * 1024 * 1024;

    private static readonly string[] _keys = ["input", "session_id", "user_id", "metadata", "run_context", "model", "budget", "stream"];
    private static readonly string[] _contextKeys = ["run_id", "parent_run_id", "session_id", "user_id", "workflow_id", "team_id", "metadata"];

    /// <summary>The text of the input.</summary>
    public required string Input { get; init; }

    /// <summary>The input's parts where it was a list; null for a text.</summary>
    public IReadOnlyList<MessagePart>? InputParts { get; init; }

    public string? RunId { get; init; }
    public string? SessionId { get; init; }
    public string? UserId { get; init; }
    public string? ParentRunId { get; init; }
    public JsonObject? Metadata { get; init; }
    public string? Model { get; init; }
    public RunBudget? Budget { get; init; }
    public bool Stream { get; init; }

    /// <summary>Hash of what was asked; <c>stream</c> does not count, it only says how to answer.</summary>
    public required string Hash { get; init; }

    public static async Task<RunRequest> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var json = await RequestBody.ReadJsonAsync(request, MaxBodyBytes, cancellationToken);
        return json is JsonObject root ? Parse(root) : throw ApiException.Invalid("The body must be a JSON object with an 'input'.");
    }

    private static RunRequest Parse(JsonObject root)
    {
        RequireKnown(root, _keys, "");
        var context = ObjectAt(root, "run_context");
        if (context is not null)
            RequireKnown(context, _contextKeys, "run_context.");
        var input = RunInput.Read(root);
        return new RunRequest
        {
            Input = input.Text,
            InputParts = input.Parts,
            RunId = IdAt(context, "run_id"),
            SessionId = IdAt(root, "session_id") ?? IdAt(context, "session_id"),
            UserId = TextAt(root, "user_id", 256) ?? TextAt(context, "user_id", 256),
            ParentRunId = IdAt(context, "parent_run_id"),
            Metadata = (ObjectAt(root, "metadata") ?? ObjectAt(context, "metadata"))?.DeepClone() as JsonObject,
            Model = TextAt(root, "model", 256),
            Budget = BudgetOf(ObjectAt(root, "budget")),
            Stream = BoolAt(root, "stream"),
            Hash = HashOf(root),
        };
    }

    private static string HashOf(JsonObject root)
    {
        var asked = new JsonObject(root.Where(p => p.Key != "stream").OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked.ToJsonString())));
    }

    internal static void RequireKnown(JsonObject json, string[] keys, string prefix)
    {
        if (json.FirstOrDefault(p => !keys.Contains(p.Key)).Key is { } unknown)
            throw ApiException.Invalid($"'{prefix}{unknown}' is not a known member. Known: {string.Join(", ", keys)}.");
    }

    internal static string? StringAt(JsonObject? json, string key)
    {
        if (json?[key] is not { } node)
            return null;
        try
        {
            return node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw ApiException.Invalid($"'{key}' must be a string.");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid($"'{key}' is not valid Unicode: a \\u escape has no partner.");
        }
    }

    private static string? TextAt(JsonObject? json, string key, int most)
    {
        var text = StringAt(json, key);
        if (text is not null && (text.Length == 0 || text.Length > most || text.Any(char.IsControl)))
            throw ApiException.Invalid($"'{key}' must be 1 to {most} characters without control characters.");
        return text;
    }

    // Ids become instance ids, entity keys and table keys, so the letters are those that are safe in all of them.
    internal static string? IdAt(JsonObject? json, string key)
    {
        var id = StringAt(json, key);
        if (id is not null && !IdPattern().IsMatch(id))
            throw ApiException.Invalid($"'{key}' must be 1 to 100 letters, digits or any of . _ : - and begin with a letter or digit.");
        return id;
    }

    private static JsonObject? ObjectAt(JsonObject? json, string key) => json?[key] switch
    {
        null => null,
        JsonObject found => found,
        _ => throw ApiException.Invalid($"'{key}' must be an object."),
    };

    private static bool BoolAt(JsonObject json, string key) => json[key]?.GetValueKind() switch
    {
        null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw ApiException.Invalid($"'{key}' must be true or false."),
    };

    private static RunBudget? BudgetOf(JsonObject? json)
    {
        if (json is null)
            return null;
        RequireKnown(json, ["tokens", "cost_usd", "seconds", "steps", "tool_calls"], "budget.");
        return new RunBudget((long?)NumberAt(json, "tokens"), NumberAt(json, "cost_usd"), (double?)NumberAt(json, "seconds"))
        {
            Steps = CountAt(json, "steps"),
            ToolCalls = CountAt(json, "tool_calls"),
        };
    }

    private static decimal? NumberAt(JsonObject json, string key)
    {
        if (json[key] is not { } node)
            return null;
        return node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<decimal>(out var number) && number is > 0 and < 1e15m
            ? number
            : throw ApiException.Invalid($"'budget.{key}' must be a number greater than 0.");
    }

    private static int? CountAt(JsonObject json, string key) => NumberAt(json, key) switch
    {
        null => null,
        { } number when number <= int.MaxValue && decimal.IsInteger(number) => (int)number,
        _ => throw ApiException.Invalid($"'budget.{key}' must be a whole number greater than 0."),
    };

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:\-]{0,99}\z")]
    private static partial Regex IdPattern();
}
