using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function on a schedule. The parameter is a <see cref="TimerInfo"/>.</summary>
/// <remarks>
/// Embedded: schedules are in UTC, and a function never overlaps itself. Nothing is kept across restarts
/// (<see cref="UseMonitor"/> is ignored): an occurrence that passed while the host was down is not caught up.
/// </remarks>
public sealed class TimerTriggerAttribute : TriggerBindingAttribute
{
    public TimerTriggerAttribute(string schedule) => (Schedule, UseMonitor) = (schedule, true);

    /// <summary>
    /// An NCRONTAB expression of six fields (second minute hour day month day-of-week) or five (no seconds),
    /// an interval (<c>00:05:00</c>), or the <c>%name%</c> of a setting that holds one.
    /// </summary>
    public string Schedule { get; }

    public bool UseMonitor { get; set; }

    /// <summary>Whether the function also runs when the host starts.</summary>
    public bool RunOnStartup { get; set; }
}

/// <summary>What a timer function learns of its schedule.</summary>
public class TimerInfo
{
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>Whether it runs later than it should have.</summary>
    /// <remarks>Embedded: true when the previous run was still going at the time.</remarks>
    public bool IsPastDue { get; set; }
}

/// <summary>When a timer function ran last, and when it runs next, in UTC.</summary>
public class ScheduleStatus
{
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
