namespace AgentFunctions.Embedded.Engine;

/// <summary>What one run of an orchestrator's code led to; the store commits it in one transaction.</summary>
internal sealed record Episode
{
    public required InstanceStatus Status { get; init; }

    public required DateTime StartedAt { get; init; }

    /// <summary>The arrived events that the code has seen; later ones stay in the inbox.</summary>
    public required IReadOnlyList<HistoryEvent> Applied { get; init; }

    /// <summary>The calls that the code made, by sequence number.</summary>
    public IReadOnlyList<Decision> Decisions { get; init; } = [];

    /// <summary>Sequence numbers of timers that the code no longer wants.</summary>
    public IReadOnlyList<int> CancelledTimers { get; init; } = [];

    public bool CustomStatusChanged { get; init; }

    public string? CustomStatus { get; init; }

    public string? Output { get; init; }

    public Failure? Failure { get; init; }

    /// <summary>The input of the next execution, if the status is <see cref="InstanceStatus.ContinuedAsNew"/>.</summary>
    public string? NextInput { get; init; }

    /// <summary>The events that the next execution inherits.</summary>
    public IReadOnlyList<EventRaised> NextEvents { get; init; } = [];

    public bool TerminateChildren { get; init; }

    /// <summary>An episode whose decisions cannot be trusted: nothing of it is acted on.</summary>
    public static Episode Failed(DateTime startedAt, IReadOnlyList<HistoryEvent> applied, Failure failure) =>
        new() { Status = InstanceStatus.Failed, StartedAt = startedAt, Applied = applied, Failure = failure };

    /// <summary>What is appended to history: what arrived, then what was decided.</summary>
    public IEnumerable<HistoryEvent> ToHistory()
    {
        IEnumerable<HistoryEvent> ending = Status.HasEnded() ? [new ExecutionCompleted(StartedAt, Status, Output, Failure)] : [];
        return [.. Applied, .. Decisions, .. ending];
    }
}
