using System.Text;

namespace AgentFunctions.Tests.CrashHost.Work;

/// <summary>
/// The input of one activity. Ranks order the steps of an instance: one of a higher rank is only called when all of lower
/// ranks have their result, also across continue-as-new.
/// </summary>
/// <param name="Branch">Tells steps of one rank apart.</param>
/// <param name="Failures">How many attempts fail before one succeeds.</param>
internal sealed record Step(int Rank, int Branch = 0, int Failures = 0)
{
    /// <summary>The result of the activity: differs for every step, and is the same whenever it runs.</summary>
    public static uint ResultOf(string instanceId, int rank, int branch)
    {
        var hash = 2166136261u; // FNV-1a
        foreach (var value in Encoding.UTF8.GetBytes($"{instanceId}/{rank}/{branch}"))
            hash = unchecked((hash ^ value) * 16777619u);
        return hash;
    }

    /// <summary>Adds a result to what came before; the order matters.</summary>
    public static uint Fold(uint before, uint result) => unchecked(before * 31 + result);
}
