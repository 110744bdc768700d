namespace AgentFunctions.Embedded.Worker;

/// <summary>
/// An NCRONTAB expression: second (may be left out), minute, hour, day, month, day of week (0 is Sunday), all in UTC.
/// A time matches if all fields do, the day and the day of the week too (other crons take either).
/// </summary>
internal sealed class CronSchedule : TimerSchedule
{
    private static readonly string[] _months =
        ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    private static readonly string[] _days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    // 29 February is at most eight years away (1896 to 1904); what is not found by then never comes.
    private const int MaxYears = 9;

    private readonly CronField _second;
    private readonly CronField _minute;
    private readonly CronField _hour;
    private readonly CronField _day;
    private readonly CronField _month;
    private readonly CronField _dayOfWeek;

    private CronSchedule(IReadOnlyList<string> fields)
    {
        _second = CronField.Parse("second", fields[0], 0, 59);
        _minute = CronField.Parse("minute", fields[1], 0, 59);
        _hour = CronField.Parse("hour", fields[2], 0, 23);
        _day = CronField.Parse("day", fields[3], 1, 31);
        _month = CronField.Parse("month", fields[4], 1, 12, _months);
        _dayOfWeek = CronField.Parse("day of week", fields[5], 0, 6, _days);
    }

    /// <exception cref="FormatException">It has not five or six fields, a field is not valid, or it never comes.</exception>
    public static new CronSchedule Parse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var schedule = fields.Length switch
        {
            6 => new CronSchedule(fields),
            5 => new CronSchedule(["0", .. fields]),
            _ => throw new FormatException($"it has {fields.Length} fields; write second minute hour day month day-of-week"),
        };
        return schedule.Find(DateTime.UnixEpoch) is not null ? schedule : throw new FormatException("no date matches it");
    }

    public override DateTime NextAfter(DateTime utc) =>
        Find(utc) ?? throw new InvalidOperationException("The schedule has no time left.");

    // Goes to the start of the next unit at the largest unit that does not match, until all match.
    private DateTime? Find(DateTime after)
    {
        var time = new DateTime(after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Utc).AddSeconds(1);
        var end = time.AddYears(MaxYears);
        while (time < end)
        {
            if (!_month.Has(time.Month))
                time = new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1);
            else if (!_day.Has(time.Day) || !_dayOfWeek.Has((int)time.DayOfWeek))
                time = time.Date.AddDays(1);
            else if (!_hour.Has(time.Hour))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!_minute.Has(time.Minute))
                time = time.Date.Add(new TimeSpan(time.Hour, time.Minute + 1, 0));
            else if (!_second.Has(time.Second))
                time = time.AddSeconds(1);
            else
                return time;
        }

        return null;
    }
}
