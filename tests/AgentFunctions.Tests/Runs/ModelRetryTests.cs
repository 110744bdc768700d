// How long a failed model call waits for its next attempt.
using AgentFunctions.Orchestrations;

namespace AgentFunctions.Tests.Runs;

public sealed class ModelRetryTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 8)]
    [InlineData(20, 60)]
    public void Waits_double_up_to_a_minute_with_up_to_a_quarter_of_jitter(int attempt, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), ModelRetry.Delay(attempt, null, Guid.Empty));
        Assert.Equal(TimeSpan.FromSeconds(seconds * 1.25), ModelRetry.Delay(attempt, null, Guid.AllBitsSet));
    }

    [Fact]
    public void The_providers_Retry_After_decides_when_there_is_one() =>
        Assert.Equal(TimeSpan.FromSeconds(42), ModelRetry.Delay(1, 42, Guid.Empty));

    [Fact]
    public void A_Retry_After_beyond_five_minutes_is_not_waited_for() =>
        Assert.Null(ModelRetry.Delay(1, 301, Guid.Empty));
}
