using System.Threading.Channels;

namespace AgentFunctions.Embedded.Engine;

/// <summary>The activities that wait for a worker, first come, first served, without those whose orchestration was terminated meanwhile.</summary>
internal sealed class ActivityQueue
{
    private readonly Channel<ActivityWork> _queue = Channel.CreateUnbounded<ActivityWork>();
    private readonly HashSet<(string ExecutionId, int TaskId)> _abandoned = [];
    private readonly Lock _lock = new(); // guards _abandoned

    public void Add(ActivityWork activity) => _queue.Writer.TryWrite(activity);

    /// <summary>Takes the next one; <see cref="Done"/> must follow.</summary>
    public async ValueTask<ActivityWork> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var activity = await _queue.Reader.ReadAsync(cancellation);
            if (!Done(activity))
            {
                return activity;
            }
        }
    }

    /// <summary>The activity has run. True if nobody wanted it any more.</summary>
    public bool Done(ActivityWork activity)
    {
        lock (_lock)
        {
            return _abandoned.Remove((activity.ExecutionId, activity.TaskId));
        }
    }

    /// <summary>Nobody wants these any more; those that have not begun will not.</summary>
    public void Abandon(string executionId, IEnumerable<int> taskIds)
    {
        lock (_lock)
        {
            _abandoned.UnionWith(taskIds.Select(id => (executionId, id)));
        }
    }
}
