namespace AgentFunctions.Embedded.Engine;

/// <summary>An orchestration instance as stored. Times are UTC; <c>Input</c>, <c>Output</c> and <c>CustomStatus</c> are serialized values.</summary>
internal sealed record InstanceRow
{
    /// <summary>The key of the instance's history; a new instance of the same id has another.</summary>
    public required long Number { get; init; }

    public required string InstanceId { get; init; }

    /// <summary>Names the current execution; restarting and continuing as new change it.</summary>
    public required string ExecutionId { get; init; }

    public required string Name { get; init; }

    public required InstanceStatus Status { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required DateTime UpdatedAt { get; init; }

    public string? Input { get; init; }

    public string? Output { get; init; }

    public string? CustomStatus { get; init; }

    public Failure? Failure { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>A new orchestration.</summary>
internal sealed record StartRequest(string InstanceId, string Name, string? Input)
{
    /// <summary>Do not start before this time, UTC.</summary>
    public DateTime? StartAt { get; init; }

    public string? TraceParent { get; init; }

    public ParentCall? Parent { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Statuses of an instance that must not be replaced, besides the active ones, which never are.</summary>
    public IReadOnlySet<InstanceStatus> Keep { get; init; } = new HashSet<InstanceStatus>();
}
