namespace AgentFunctions.Models.Limits;

/// <summary>
/// So many of something in a minute, refilled evenly. Whoever takes more than there is goes into debt and waits until it is
/// paid, which also keeps the order of those who wait: each one's wait ends after those before.
/// </summary>
internal sealed class MinuteBudget(long perMinute, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _left = perMinute;
    private long _asOf = time.GetTimestamp();

    /// <summary>Takes the amount and tells how long to wait before it is used; takes nothing when that is longer than <paramref name="longest"/>.</summary>
    public (bool Taken, TimeSpan Wait) Take(double amount, TimeSpan longest)
    {
        lock (_gate)
        {
            Refill();
            var debt = Math.Max(0, amount - _left);
            var wait = TimeSpan.FromMinutes(debt / perMinute);
            if (wait > longest)
                return (false, wait);
            _left -= amount;
            return (true, wait);
        }
    }

    /// <summary>Gives back what was not used; a negative amount takes what was used beyond.</summary>
    public void GiveBack(double amount)
    {
        lock (_gate)
        {
            Refill();
            _left = Math.Min(perMinute, _left + amount);
        }
    }

    private void Refill()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(perMinute, _left + time.GetElapsedTime(_asOf, now).TotalMinutes * perMinute);
        _asOf = now;
    }
}
