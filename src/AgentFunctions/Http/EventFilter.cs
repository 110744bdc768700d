// The `dialect` and `types` parameters of event streams.
using System.Text.Json.Nodes;
using AgentFunctions.Dialects;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

/// <summary>
/// In which words a client wants the events, and which of them. The terminal event always passes: without it a client learns
/// neither end nor failure.
/// </summary>
public sealed class EventFilter
{
    private static readonly NativeDialect _native = new();
    private static readonly AgentOsDialect _agentOs = new();

    private readonly HashSet<string>? _names;

    private EventFilter(IEventDialect dialect, HashSet<string>? names) => (Dialect, _names) = (dialect, names);

    public IEventDialect Dialect { get; }

    /// <summary>A comma list of event names; nothing or only commas means all.</summary>
    /// <exception cref="ApiException">400 for an unknown dialect, or a name that is no event of the dialect, with the valid ones.</exception>
    public static EventFilter Parse(HttpRequest request)
    {
        var dialect = DialectOf(request);
        var names = request.Query["types"].ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.FirstOrDefault(n => !dialect.Names.Contains(n)) is { } unknown)
            throw ApiException.Invalid($"'{unknown}' is not an event type. Types: {string.Join(", ", dialect.Names)}.",
                new JsonObject { ["types"] = new JsonArray([.. dialect.Names.Select(t => JsonValue.Create(t))]) });
        return new EventFilter(dialect, names.Length == 0 ? null : [.. names]);
    }

    public bool Passes(EventFrame frame) => _names is null || frame.Terminal || _names.Contains(frame.Name);

    private static IEventDialect DialectOf(HttpRequest request) => Query.Text(request, "dialect") switch
    {
        null or "agentfunctions" => _native,
        "agentos" => _agentOs,
        var other => throw ApiException.Invalid($"'{other}' is not a dialect. Dialects: agentfunctions (the default), agentos."),
    };
}
