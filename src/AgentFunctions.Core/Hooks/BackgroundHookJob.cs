// A background hook as durable work: its id, its input, and what of it is stored.
using System.Security.Cryptography;
using System.Text;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Hooks;

/// <summary>Input of the BackgroundHook orchestration and of its activity.</summary>
/// <param name="Hook">The hook's name in the run's agent.</param>
/// <param name="Attempts">How often it is tried before it is given up.</param>
public sealed record BackgroundHookJob(string RunId, string Hook, int Attempts)
{
    /// <summary>Begins the instance id of every background hook.</summary>
    public const string IdPrefix = "bg_";

    /// <summary>Begins the keys of their stored results.</summary>
    public const string KeyPrefix = "background:";

    /// <summary>The instance id of a run's hook: hashed, since run ids may be as long as an instance id may be.</summary>
    public static string IdOf(string runId, string hook) =>
        IdPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{runId}\n{hook}")))[..32];

    public string Key() => KeyPrefix + Hook;
}

/// <summary>What is stored of a background hook that succeeded.</summary>
public sealed record BackgroundHookResult(HookFacts Call);
