// The `types` parameter of event streams.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

/// <summary>Which events a client wants. The terminal event always passes: without it a client learns neither end nor failure.</summary>
public sealed class EventFilter
{
    private readonly HashSet<string>? _types;

    private EventFilter(HashSet<string>? types) => _types = types;

    /// <summary>A comma list of event names; nothing or only commas means all but those sent on request.</summary>
    /// <exception cref="ApiException">400 for a name that is no event, with the valid ones.</exception>
    public static EventFilter Parse(HttpRequest request)
    {
        var names = request.Query["types"].ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.FirstOrDefault(n => !RunEventTypes.All.Contains(n)) is { } unknown)
            throw ApiException.Invalid($"'{unknown}' is not an event type. Types: {string.Join(", ", RunEventTypes.All)}.",
                new JsonObject { ["types"] = new JsonArray([.. RunEventTypes.All.Select(t => JsonValue.Create(t))]) });
        return new EventFilter(names.Length == 0 ? null : [.. names]);
    }

    public bool Passes(string type) =>
        (_types is null ? !RunEventTypes.OnRequest.Contains(type) : _types.Contains(type)) || RunEventTypes.IsTerminal(type);
}
