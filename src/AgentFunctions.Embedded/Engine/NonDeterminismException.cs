namespace AgentFunctions.Embedded.Engine;

/// <summary>Replaying an orchestrator gave other calls than its history has.</summary>
public sealed class NonDeterminismException : Exception
{
    private const string Advice =
        "An orchestrator must make the same calls in the same order each time it runs: take time, ids and randomness from its context, " +
        "do I/O in activities, and let running instances end before you change its code.";

    private NonDeterminismException(string message) : base(message)
    {
    }

    /// <param name="orchestrator">Name of the orchestrator.</param>
    /// <param name="position">Sequence number of the call, from 0.</param>
    /// <param name="code">What the code called, or null if it made no call there.</param>
    /// <param name="history">What history has, or null if it has nothing there.</param>
    internal static NonDeterminismException AtCall(string orchestrator, int position, string? code, string? history) => new(
        $"Orchestrator '{orchestrator}' is not deterministic: as call number {position} the code made {code ?? "no call"}, " +
        $"but history has {history ?? "no call"}. {Advice}");

    internal static NonDeterminismException GoesOn(string orchestrator) => new(
        $"Orchestrator '{orchestrator}' is not deterministic: it ended, but the same history leaves it waiting. {Advice}");

    internal static NonDeterminismException EndedEarly(string orchestrator, int position) => new(
        $"Orchestrator '{orchestrator}' is not deterministic: the code ended after call number {position - 1}, but history goes on. {Advice}");
}
