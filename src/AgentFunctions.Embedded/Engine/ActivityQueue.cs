using System.Threading.Channels;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// The activities that wait for a worker. Executions take turns, each with its oldest activity, so one that fans out to
/// thousands holds nobody up.
/// </summary>
internal sealed class ActivityQueue
{
    private readonly Channel<string> _turns = Channel.CreateUnbounded<string>(); // execution ids, once each while they have activities waiting
    private readonly Dictionary<string, Queue<ActivityWork>> _waiting = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _waiting

    /// <summary>How many executions have activities waiting.</summary>
    public int WaitingExecutions => _turns.Reader.Count;

    public void Add(ActivityWork activity)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(activity.ExecutionId, out var activities))
            {
                _waiting.Add(activity.ExecutionId, activities = new Queue<ActivityWork>());
                _turns.Writer.TryWrite(activity.ExecutionId);
            }
            activities.Enqueue(activity);
        }
    }

    public async ValueTask<ActivityWork> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var executionId = await _turns.Reader.ReadAsync(cancellation);
            lock (_lock)
            {
                if (_waiting.TryGetValue(executionId, out var activities))
                {
                    return TakeFrom(activities, executionId);
                }
            }
        }
    }

    /// <summary>Nobody wants the execution's activities any more; those that have not begun will not.</summary>
    public void Abandon(string executionId)
    {
        lock (_lock)
        {
            _waiting.Remove(executionId);
        }
    }

    private ActivityWork TakeFrom(Queue<ActivityWork> activities, string executionId)
    {
        var activity = activities.Dequeue();
        if (activities.Count > 0)
        {
            _turns.Writer.TryWrite(executionId);
        }
        else
        {
            _waiting.Remove(executionId);
        }
        return activity;
    }
}
