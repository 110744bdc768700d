// The time a run waited for people, without an orchestrator.
using AgentFunctions.Budgets;

namespace AgentFunctions.Tests.Budgets;

public sealed class WaitLogTests
{
    private readonly WaitLog _log = new();

    [Fact]
    public void Waits_at_the_same_time_count_once()
    {
        _log.Begin(At(0));
        _log.Begin(At(10));
        _log.End(At(10), At(40));
        _log.End(At(0), At(30));
        _log.Add([new WaitInterval(At(35), At(50)), new WaitInterval(At(70), At(80))]);

        Assert.Equal([new WaitInterval(At(0), At(50)), new WaitInterval(At(70), At(80))], _log.Over);
        Assert.Equal(60, Seconds(0, 100));
    }

    [Fact]
    public void A_wait_counts_before_it_is_over()
    {
        _log.Begin(At(10));

        Assert.Equal(20, Seconds(0, 30));
        Assert.Equal(50, Seconds(0, 60));
        Assert.Empty(_log.Over);
    }

    [Fact]
    public void Of_a_wait_only_the_part_within_the_time_counts()
    {
        _log.Add([new WaitInterval(At(0), At(20)), new WaitInterval(At(30), At(60))]);

        Assert.Equal(15, Seconds(15, 40));
        Assert.Equal(0, Seconds(70, 80));
    }

    private double Seconds(int from, int to) => _log.Between(At(from), At(to)).TotalSeconds;

    private static DateTimeOffset At(int second) => new DateTimeOffset(2026, 1, 2, 3, 0, 0, TimeSpan.Zero).AddSeconds(second);
}
