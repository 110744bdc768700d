// The beginning of members' runs.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Storage;

namespace AgentFunctions.Tests.Runs;

public sealed class MemberRunTests
{
    [Fact]
    public async Task A_run_as_deep_as_runs_may_be_starts_no_member()
    {
        await using var services = new RunServices(new FakeTime());
        var member = services.Get<IAgentCatalog>().Agents.Single();
        await services.Get<IDefinitionStore>().PutAsync(member);
        await services.Runs.CreateAsync(Samples.Run("root"), [], []);
        foreach (var depth in new[] { MemberRuns.MaxDepth - 1, MemberRuns.MaxDepth })
            await services.Runs.CreateAsync(Samples.Run($"root~{depth}") with { Depth = depth }, [], []);

        var deepest = await BeginAsync(MemberRuns.MaxDepth - 1);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => BeginAsync(MemberRuns.MaxDepth));

        Assert.Equal(MemberRuns.MaxDepth, (await services.Runs.RequireAsync(deepest.RunId, CancellationToken.None)).Depth);
        Assert.Contains("8 levels deep", refused.Message, StringComparison.Ordinal);
        Assert.Null(await services.Runs.GetAsync("root~below8"));

        Task<RunStart> BeginAsync(int depth) => services.Get<MemberRuns>().BeginAsync(
            new MemberRequest($"root~{depth}", $"root~below{depth}", member.Hash, "Hello", "delegation"), CancellationToken.None);
    }
}
