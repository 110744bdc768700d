namespace Microsoft.DurableTask;

/// <summary>How an orchestration starts over with an empty history.</summary>
/// <remarks>Embedded: one version of an orchestrator runs, so <see cref="NewVersion"/> is accepted and ignored.</remarks>
public class ContinueAsNewOptions
{
    public object? NewInput { get; set; }

    /// <summary>Whether events that arrived and were not awaited are kept for the next generation.</summary>
    public bool PreserveUnprocessedEvents { get; set; } = true;

    public string? NewVersion { get; set; }
}
