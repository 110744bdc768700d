namespace AgentFunctions.Health;

/// <summary>One thing that the app needs to serve runs; registered in DI.</summary>
/// <param name="Name">Its key in the report, in snake_case.</param>
/// <param name="IsCritical">Whether the app is not ready without it; else it is only degraded.</param>
/// <param name="RunAsync">
/// Gives a short message when all is well, and throws when not: a <see cref="HealthException"/> whose message people may
/// read, or anything else. Its token fires when the time is up.
/// </param>
public sealed record HealthCheck(string Name, bool IsCritical, Func<CancellationToken, Task<string>> RunAsync);

/// <summary>A check that failed, with a message for whoever asks: no secrets, no addresses.</summary>
public sealed class HealthException(string message) : Exception(message);

/// <summary>From best to worst.</summary>
public enum HealthStatus
{
    Healthy,

    /// <summary>Serves, with something missing that runs can do without.</summary>
    Degraded,

    Unhealthy,
}

/// <summary>How one check went.</summary>
/// <param name="LastChecked">When it began.</param>
public sealed record HealthEntry(string Name, HealthStatus Status, string Message, DateTimeOffset LastChecked, TimeSpan Duration);

/// <summary>How the app is: its worst check.</summary>
public sealed record HealthReport(IReadOnlyList<HealthEntry> Checks)
{
    public HealthStatus Status => Checks.Select(check => check.Status).DefaultIfEmpty(HealthStatus.Healthy).Max();
}
