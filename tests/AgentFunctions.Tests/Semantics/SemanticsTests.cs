using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Semantics;

/// <summary>
/// The rules of Durable Functions, one sentence a test, on the engine through its public faces. A file holds one subject and names
/// where its rules come from; a derived class runs the same tests with every orchestration replayed at each of its steps.
/// </summary>
public abstract class SemanticsTests
{
    /// <summary>Whether an orchestration is replayed from its history at each step instead of being kept in memory.</summary>
    protected virtual bool ReplaysEachTime => false;

    /// <summary>An engine of this mode, not started yet.</summary>
    internal EngineHost Host() => ReplaysEachTime ? new EngineHost().ReplayingEachTime() : new EngineHost();
}
