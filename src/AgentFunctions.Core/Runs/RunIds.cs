// Ids of runs that are derived, so that a replayed orchestrator, a repeated activity and a repeated request name the same run.
using System.Security.Cryptography;
using System.Text;

namespace AgentFunctions.Runs;

/// <summary>
/// A member's run id is <c>{root run}~{16 hex digits}</c>, whatever its depth: the id tells the root run without a look at
/// the store. No id that a client chooses may hold a <c>~</c>.
/// </summary>
public static class RunIds
{
    private const char Separator = '~';

    /// <summary>The id of the run that <paramref name="parentRunId"/> starts at <paramref name="path"/>, a text that is unique within the parent.</summary>
    public static string Member(string parentRunId, string path) =>
        $"{RootOf(parentRunId)}{Separator}{Hash(parentRunId, path)[..16]}";

    /// <summary>The id of the copy of a run in a session that is made from the run's.</summary>
    public static string Copy(string sessionId, string originRunId) => $"run_{Hash(sessionId, originRunId)[..32]}";

    /// <summary>The run that a person or program started; the run itself unless it is a member's.</summary>
    public static string RootOf(string runId) => runId.Split(Separator, 2)[0];

    public static bool IsMember(string runId) => runId.Contains(Separator, StringComparison.Ordinal);

    private static string Hash(string first, string second) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{first}\n{second}")));
}
