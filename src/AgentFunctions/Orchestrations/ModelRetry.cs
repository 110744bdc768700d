// How long to wait before a model call is tried again.
namespace AgentFunctions.Orchestrations;

internal static class ModelRetry
{
    /// <summary>A provider that asks for a longer pause than this fails the run instead.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestBackoff = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Doubling from 1 s to 60 s with up to a quarter of jitter taken from <paramref name="seed"/>, never less than the
    /// provider's Retry-After; null when that is longer than <see cref="LongestWait"/>.
    /// </summary>
    public static TimeSpan? Delay(int attempt, double? retryAfterSeconds, Guid seed)
    {
        if (retryAfterSeconds > LongestWait.TotalSeconds)
            return null;
        var backoff = TimeSpan.FromSeconds(Math.Min(_first.TotalSeconds * Math.Pow(2, attempt - 1), _longestBackoff.TotalSeconds));
        var jittered = backoff * (1 + (seed.ToByteArray()[15] / 255.0 / 4));
        return retryAfterSeconds is { } asked ? TimeSpan.FromSeconds(asked) : jittered;
    }
}
