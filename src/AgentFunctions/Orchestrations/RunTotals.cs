// What a run used so far, its members' runs included.
using AgentFunctions.Costs;
using AgentFunctions.Runs;

namespace AgentFunctions.Orchestrations;

internal sealed class RunTotals
{
    public RunUsage Usage { get; private set; } = RunUsage.None;

    public decimal? CostUsd { get; private set; }

    public int UnpricedCalls { get; private set; }

    public int ToolCalls { get; private set; }

    public void Add(ModelStepResult attempt)
    {
        Usage += attempt.Usage;
        CostUsd = Money.Sum(CostUsd, attempt.CostUsd);
        UnpricedCalls += attempt.CostUnknown ? 1 : 0;
    }

    /// <summary>Adds what a member's run used.</summary>
    public void Add(RunOutcome member)
    {
        Usage += member.Usage;
        CostUsd = Money.Sum(CostUsd, member.CostUsd);
        UnpricedCalls += member.UnpricedCalls;
    }

    public void AddToolCalls(int count) => ToolCalls += count;
}
