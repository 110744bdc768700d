// A small JSON body, member by member: what is not understood is a 400 that names it.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Http;

/// <summary>Reads the members of a JSON object; <see cref="End"/> refuses those that nobody asked for.</summary>
internal sealed class BodyReader
{
    private readonly JsonObject _body;
    private readonly HashSet<string> _known = [];

    /// <param name="body">The body; null for a request without one.</param>
    public BodyReader(JsonNode? body) => _body = body as JsonObject ?? throw ApiException.Invalid("The body must be a JSON object.");

    /// <summary>Whether the member is there, also as null.</summary>
    public bool Has(string name)
    {
        _known.Add(name);
        return _body.ContainsKey(name);
    }

    /// <summary>A string of at most that many characters; null when absent or null.</summary>
    public string? Text(string name, int longest)
    {
        _known.Add(name);
        if (_body[name] is not { } node)
            return null;
        return node.GetValueKind() == JsonValueKind.String && (string)node! is { Length: > 0 } text && text.Length <= longest
            ? text
            : throw ApiException.Invalid($"'{name}' must be a string of 1 to {longest} characters.");
    }

    /// <summary>An id of a run or session; null when absent or null.</summary>
    public string? Id(string name)
    {
        _known.Add(name);
        return RunRequest.IdAt(_body, name);
    }

    /// <summary>An object of its own; null when absent or null.</summary>
    public JsonObject? Object(string name)
    {
        _known.Add(name);
        if (_body[name] is not { } node)
            return null;
        return node is JsonObject ? (JsonObject)node.DeepClone() : throw ApiException.Invalid($"'{name}' must be a JSON object.");
    }

    /// <summary>A whole number from 1; null when absent or null.</summary>
    public int? Count(string name)
    {
        _known.Add(name);
        if (_body[name] is not { } node)
            return null;
        return node is JsonValue value && value.TryGetValue<int>(out var number) && number > 0
            ? number
            : throw ApiException.Invalid($"'{name}' must be a whole number from 1.");
    }

    public void End()
    {
        if (_body.Select(member => member.Key).FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
            throw ApiException.Invalid($"'{unknown}' is not a known member; known are {string.Join(", ", _known)}.");
    }
}
