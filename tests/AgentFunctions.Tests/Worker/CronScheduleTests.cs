using System.Globalization;
using AgentFunctions.Embedded.Worker;

namespace AgentFunctions.Tests.Worker;

/// <summary>When cron expressions and intervals come next.</summary>
public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-01-01T00:00:00", "2026-01-01T00:05:00")]
    [InlineData("0 */5 * * * *", "2026-01-01T00:04:59.9", "2026-01-01T00:05:00")]
    [InlineData("*/5 * * * *", "2026-01-01T00:00:00", "2026-01-01T00:05:00")]
    [InlineData("30 10 * * * *", "2026-01-01T23:10:30", "2026-01-02T00:10:30")]
    [InlineData("0 0 9-17/4 * * *", "2026-01-01T13:00:00", "2026-01-01T17:00:00")]
    [InlineData("0 5/20 * * * *", "2026-01-01T00:25:00", "2026-01-01T00:45:00")]
    [InlineData("0 0 0 1,15 * *", "2026-01-02T00:00:00", "2026-01-15T00:00:00")]
    [InlineData("0 30 9 * * Mon-Fri", "2026-01-02T09:30:00", "2026-01-05T09:30:00")]
    [InlineData("0 0 0 * Feb,december *", "2026-03-01T00:00:00", "2026-12-01T00:00:00")]
    [InlineData("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 13 * 5", "2026-01-01T00:00:00", "2026-02-13T00:00:00")]
    [InlineData("59 59 23 31 12 *", "2026-12-31T23:59:59", "2027-12-31T23:59:59")]
    [InlineData("00:01:30", "2026-01-01T00:00:10", "2026-01-01T00:01:40")]
    public void The_next_time_is_the_first_after_now_that_matches_every_field(string schedule, string now, string expected) =>
        Assert.Equal(Utc(expected), TimerSchedule.Parse(schedule).NextAfter(Utc(now)));

    [Theory]
    [InlineData("* * *", "3 fields")]
    [InlineData("60 * * * * *", "'60' is no second (0 to 59)")]
    [InlineData("0 0 0 0 * *", "'0' is no day (1 to 31)")]
    [InlineData("0 0 0 * * 7", "'7' is no day of week (0 to 6)")]
    [InlineData("0 0 0 * Mo *", "'Mo' is no month (1 to 12)")]
    [InlineData("0 */0 * * * *", "'0' is no minute")]
    [InlineData("0 30-10 * * * *", "'30-10' is no minute")]
    [InlineData("0 0 0 30 2 *", "no date matches")]
    [InlineData("hourly", "six cron fields")]
    [InlineData("00:00:00", "longer than zero")]
    public void What_is_no_schedule_is_refused_with_the_field_that_is_wrong(string schedule, string expected)
    {
        var failure = Assert.Throws<FormatException>(() => TimerSchedule.Parse(schedule));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    private static DateTime Utc(string text) =>
        DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
