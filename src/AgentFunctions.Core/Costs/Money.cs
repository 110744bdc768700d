// Sums of US dollars of which some are not known.
namespace AgentFunctions.Costs;

public static class Money
{
    /// <summary>The sum of what is known; null when neither is.</summary>
    public static decimal? Sum(decimal? a, decimal? b) => a is null ? b : a + (b ?? 0);
}
