// "Did you mean …?": the known word nearest to one that is not known.
namespace AgentFunctions.Configuration;

internal static class Spelling
{
    private const int ShortestPrefix = 4;

    /// <summary>The candidate that differs least from <paramref name="word"/>; null when none is near enough to be what was meant.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        var plain = Plain(word);
        return candidates
            .Select(candidate => (Candidate: candidate, Distance: Difference(plain, Plain(candidate))))
            .Where(pair => pair.Distance <= Math.Max(1, Math.Min(plain.Length, pair.Candidate.Length) / 3))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.Candidate)
            .FirstOrDefault();
    }

    // A word cut short or carried on (delay for delay_ms) is a near miss, whatever its length.
    private static int Difference(string a, string b)
    {
        var (shorter, longer) = a.Length < b.Length ? (a, b) : (b, a);
        return shorter.Length >= ShortestPrefix && longer.StartsWith(shorter, StringComparison.Ordinal) ? 1 : EditDistance(a, b);
    }

    // maxSteps, max-steps and max_steps are one word.
    private static string Plain(string word) =>
        string.Concat(word.Where(c => c is not ('_' or '-' or ' '))).ToLowerInvariant();

    // Edit distance in which swapping two neighbours counts once (optimal string alignment).
    private static int EditDistance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            cost[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            cost[0, j] = j;

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }

        return cost[a.Length, b.Length];
    }
}
