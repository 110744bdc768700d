// The rules of entities, clients and values once more, with each orchestration replayed from its history at each of its steps.
namespace AgentFunctions.Tests.Semantics;

public sealed class ReplayedEntityOrderTests : EntityOrderTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedEntityOperationTests : EntityOperationTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedEntityLockTests : EntityLockTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedStartTests : StartTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedSerializationTests : SerializationTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedFailureTests : FailureTests
{
    protected override bool ReplaysEachTime => true;
}

public sealed class ReplayedRewindTests : RewindTests
{
    protected override bool ReplaysEachTime => true;
}
