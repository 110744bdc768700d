using System.Globalization;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>What the witness saw of one activity.</summary>
/// <param name="IsStart">It started; otherwise it ended.</param>
internal sealed record StepLine(int Epoch, bool IsStart, string Instance, int Rank, int Branch, int Task)
{
    public string Step => $"{Rank}/{Branch}";

    /// <summary>The lines of one host process. A line that a kill cut off would not count, but one write is never cut.</summary>
    public static IEnumerable<StepLine> Read(string path, int epoch) =>
        from line in File.ReadLines(path)
        let parts = line.Split('\t')
        where parts.Length == 5
        select new StepLine(epoch, parts[0] == "S", parts[1], Number(parts[2]), Number(parts[3]), Number(parts[4]));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
