// The rules of orchestrations once more, with each orchestration replayed from its history at each of its steps.
namespace AgentFunctions.Tests.Semantics;

public sealed class ReplayedCompletionTests : CompletionTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedContinueAsNewTests : ContinueAsNewTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedCustomStatusTests : CustomStatusTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedDeterministicValueTests : DeterministicValueTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedExternalEventTests : ExternalEventTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedFanOutTests : FanOutTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedHistoryOrderTests : HistoryOrderTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedNullValueTests : NullValueTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedOrchestratorFailureTests : OrchestratorFailureTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedRetryTests : RetryTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedSubOrchestrationTests : SubOrchestrationTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedSuspensionTests : SuspensionTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedTerminationTests : TerminationTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedTimerTests : TimerTests
{
    protected override bool ReplaysEachTime => true;
}
