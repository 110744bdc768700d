using System.Diagnostics;

namespace AgentFunctions.Telemetry;

/// <summary>One finished span of a run, before it has ids: what <see cref="RunSpans"/> reads from the run store.</summary>
public sealed record SpanFacts
{
    /// <summary>The span's place in the run, from which its id is computed; see <see cref="RunTrace"/>.</summary>
    public required string Path { get; init; }

    /// <summary>Null for the run's root.</summary>
    public string? ParentPath { get; init; }

    public required string Name { get; init; }

    public required ActivityKind Kind { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset End { get; init; }

    public ActivityStatusCode Status { get; init; }

    public string? StatusMessage { get; init; }

    /// <summary>Stands in for <see cref="StatusMessage"/> where content is not wanted, since a tool's message may quote its answer.</summary>
    public string? StatusSummary { get; init; }

    /// <summary>Values are string, bool, long, double or string[].</summary>
    public required IReadOnlyDictionary<string, object> Attributes { get; init; }

    /// <summary>Attributes that carry what people, models and tools said: kept out of exports unless captured there.</summary>
    public IReadOnlyDictionary<string, string> Content { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<SpanEvent> Events { get; init; } = [];

    /// <summary>To other spans of the same run; those to spans outside are the activity's.</summary>
    public IReadOnlyList<SpanLink> Links { get; init; } = [];
}

/// <summary>Something that happened at one time within a span.</summary>
public sealed record SpanEvent(string Name, DateTimeOffset Time, IReadOnlyDictionary<string, object> Attributes);

/// <summary>A link to another span of the same run.</summary>
/// <param name="Path">The other span's <see cref="SpanFacts.Path"/>.</param>
/// <param name="Kind">Value of <c>agentfunctions.link.kind</c>, for example <c>retry_of</c>.</param>
public sealed record SpanLink(string Path, string Kind);
