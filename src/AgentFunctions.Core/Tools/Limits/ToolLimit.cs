// How often a tool may be called, and when it is left alone: as configured.
namespace AgentFunctions.Tools.Limits;

/// <summary>At most <paramref name="Calls"/> calls begin within any <paramref name="PerSeconds"/>; in each process of the app.</summary>
public sealed record ToolRateLimit(int Calls, double PerSeconds)
{
    internal TimeSpan Per => TimeSpan.FromSeconds(PerSeconds);
}

/// <summary>After <paramref name="Failures"/> failures in a row no call is let through for <paramref name="OpenForSeconds"/>, then one to try; in each process of the app.</summary>
public sealed record ToolCircuitBreaker(int Failures, double OpenForSeconds)
{
    internal TimeSpan OpenFor => TimeSpan.FromSeconds(OpenForSeconds);
}
