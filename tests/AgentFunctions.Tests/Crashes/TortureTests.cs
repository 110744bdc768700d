// The process is killed hundreds of times while clients use it; afterwards nothing may be lost, doubled or stuck.
using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.EndToEnd;
using Xunit.Abstractions;

namespace AgentFunctions.Tests.Crashes;

[Collection(nameof(TortureCollection))]
public sealed class TortureTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nothing_is_lost_doubled_or_stuck_when_the_process_is_killed_three_hundred_times()
    {
        using var folder = new TempFolder();
        var options = new TortureOptions(Setting("KILLS", 300), Setting("SEED", 20), folder.Path);
        var report = await new TortureRun(options, output.WriteLine).RunAsync();
        output.WriteLine(report.Summary);
        Assert.True(report.Violations.Count == 0, report.Describe());
    }

    /// <summary>AGENTFUNCTIONS_TORTURE_KILLS and AGENTFUNCTIONS_TORTURE_SEED make it longer, or different.</summary>
    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable($"AGENTFUNCTIONS_TORTURE_{name}"), out var value) ? value : otherwise;
}

/// <summary>Keeps both cores for the torture: it runs after the tests that run in parallel.</summary>
[CollectionDefinition(nameof(TortureCollection), DisableParallelization = true)]
public sealed class TortureCollection;
