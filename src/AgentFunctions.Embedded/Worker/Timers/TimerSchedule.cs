using System.Globalization;

namespace AgentFunctions.Embedded.Worker;

/// <summary>When a timer function runs: at the times of a cron expression, or at an interval.</summary>
internal abstract class TimerSchedule
{
    /// <summary>The first time after <paramref name="utc"/>.</summary>
    public abstract DateTime NextAfter(DateTime utc);

    /// <exception cref="FormatException">The text is neither a cron expression nor an interval; the message says what is wrong.</exception>
    public static TimerSchedule Parse(string text)
    {
        if (text.Trim().Contains(' ', StringComparison.Ordinal))
            return CronSchedule.Parse(text);
        if (!TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval))
            throw new FormatException("write six cron fields (second minute hour day month day-of-week) or an interval like 00:05:00");
        return interval > TimeSpan.Zero ? new IntervalSchedule(interval) : throw new FormatException("an interval is longer than zero");
    }

    private sealed class IntervalSchedule(TimeSpan interval) : TimerSchedule
    {
        public override DateTime NextAfter(DateTime utc) => utc + interval;
    }
}
