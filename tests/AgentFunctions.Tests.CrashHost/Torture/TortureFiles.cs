using System.Globalization;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>Where a torture leaves its evidence.</summary>
internal sealed record TortureFiles(string Folder)
{
    /// <summary>The data folder of the host.</summary>
    public string Data => Path.Combine(Folder, "data");

    public string Database => Path.Combine(Data, "state.db");

    /// <summary>What clients asked and were answered, as JSON lines.</summary>
    public string Calls => Path.Combine(Folder, "calls.jsonl");

    /// <summary>How each host process ended, as JSON lines.</summary>
    public string Endings => Path.Combine(Folder, "endings.jsonl");

    /// <summary>What activities did in one host process; epochs count host processes from 1.</summary>
    public string Steps(int epoch) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"steps-{epoch:00000}.log"));
}
