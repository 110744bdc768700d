// When a run waited for people: time that its budget of seconds does not count.
namespace AgentFunctions.Budgets;

/// <summary>From when to when somebody was waited for.</summary>
public sealed record WaitInterval(DateTimeOffset From, DateTimeOffset To);

/// <summary>The waits of a run and of its members. Those that overlap, as of calls at the same time, count once. Times are the orchestrator's.</summary>
public sealed class WaitLog
{
    private readonly List<DateTimeOffset> _begun = [];

    /// <summary>The waits that are over, in order, none touching another.</summary>
    public IReadOnlyList<WaitInterval> Over { get; private set; } = [];

    /// <summary>A wait begins. It counts from now on, and is ended by <see cref="End"/> with the same time.</summary>
    public void Begin(DateTimeOffset now) => _begun.Add(now);

    public void End(DateTimeOffset begun, DateTimeOffset now)
    {
        _begun.Remove(begun);
        Add([new WaitInterval(begun, now)]);
    }

    /// <summary>Adds waits of a member's run.</summary>
    public void Add(IReadOnlyList<WaitInterval>? waits) => Over = Union([.. Over, .. waits ?? []]);

    /// <summary>How much of the time between the two was spent waiting, by what is known at <paramref name="to"/>.</summary>
    public TimeSpan Between(DateTimeOffset from, DateTimeOffset to) =>
        Union([.. Over, .. _begun.Select(begun => new WaitInterval(begun, to))])
            .Select(wait => Min(wait.To, to) - Max(wait.From, from))
            .Where(time => time > TimeSpan.Zero)
            .Aggregate(TimeSpan.Zero, (sum, time) => sum + time);

    private static List<WaitInterval> Union(IEnumerable<WaitInterval> waits)
    {
        var union = new List<WaitInterval>();
        foreach (var wait in waits.OrderBy(w => w.From))
        {
            if (union is [.., var last] && wait.From <= last.To)
                union[^1] = last with { To = Max(last.To, wait.To) };
            else
                union.Add(wait);
        }

        return union;
    }

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
