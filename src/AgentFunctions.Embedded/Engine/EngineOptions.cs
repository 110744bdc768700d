namespace AgentFunctions.Embedded.Engine;

/// <summary>How much the engine does at the same time, and how it stops.</summary>
internal sealed record EngineOptions
{
    /// <summary>Activities that run at the same time. Default 64.</summary>
    public int MaxConcurrentActivities { get; init; } = 64;

    /// <summary>Orchestrators and entities that run at the same time; parked ones do not count. Default 16.</summary>
    public int MaxConcurrentOrchestrators { get; init; } = 16;

    /// <summary>
    /// Orchestrations that stay in memory between their episodes, so that going on needs no replay. Default 1,000; 0: replay each time.
    /// </summary>
    public int MaxResidentOrchestrations { get; init; } = 1_000;

    /// <summary>How long the code of an orchestrator or entity may keep its worker before a warning names it. Default 10 s.</summary>
    public TimeSpan LongEpisode { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>On stop, how long running activities may end undisturbed before their cancellation is requested. Default 10 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an episode or activity that could not be stored waits before it is tried again. Default 5 s.</summary>
    public TimeSpan StorageRetryDelay { get; init; } = TimeSpan.FromSeconds(5);
}
