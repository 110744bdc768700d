using System.Threading.Channels;

namespace AgentFunctions.Embedded.Engine;

/// <summary>An orchestration or entity that has something to process.</summary>
/// <param name="ReadInbox">False if all of it is in memory.</param>
internal readonly record struct ReadyInstance(string InstanceId, bool ReadInbox);

/// <summary>
/// The orchestrations and entities that have something to process. One is handed out to one worker at a time;
/// what arrives for it meanwhile makes it ready again.
/// </summary>
internal sealed class ReadyInstances(TimeProvider time)
{
    private enum State
    {
        Queued,
        UnderWay,
        UnderWayAndReady, // more arrived since it was taken
    }

    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, (State State, bool ReadInbox, long Since)> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards _known

    /// <param name="readInbox">Whether the inbox has something; an outcome of an activity waits in memory.</param>
    public void Add(string instanceId, bool readInbox)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(instanceId, out var known))
            {
                _known.Add(instanceId, (State.Queued, readInbox, 0));
                _queue.Writer.TryWrite(instanceId);
                return;
            }
            var state = known.State == State.Queued ? State.Queued : State.UnderWayAndReady;
            _known[instanceId] = (state, readInbox || (known.ReadInbox && known.State != State.UnderWay), known.Since);
        }
    }

    /// <summary>Takes the next one; <see cref="Done"/> must follow.</summary>
    public async ValueTask<ReadyInstance> TakeAsync(CancellationToken cancellation)
    {
        var instanceId = await _queue.Reader.ReadAsync(cancellation);
        lock (_lock)
        {
            var ready = new ReadyInstance(instanceId, _known[instanceId].ReadInbox);
            _known[instanceId] = (State.UnderWay, false, time.GetTimestamp());
            return ready;
        }
    }

    /// <summary>Whether a worker has it.</summary>
    public bool IsUnderWay(string instanceId)
    {
        lock (_lock)
        {
            return _known.TryGetValue(instanceId, out var known) && known.State != State.Queued;
        }
    }

    /// <summary>What workers have had for at least so long, and for how long.</summary>
    public List<(string InstanceId, TimeSpan Time)> UnderWayFor(TimeSpan atLeast)
    {
        lock (_lock)
        {
            return
            [
                .. _known.Where(item => item.Value.State != State.Queued)
                    .Select(item => (item.Key, time.GetElapsedTime(item.Value.Since)))
                    .Where(item => item.Item2 >= atLeast),
            ];
        }
    }

    public void Done(string instanceId)
    {
        lock (_lock)
        {
            if (_known[instanceId] is { State: State.UnderWayAndReady } again)
            {
                _known[instanceId] = again with { State = State.Queued };
                _queue.Writer.TryWrite(instanceId);
            }
            else
            {
                _known.Remove(instanceId);
            }
        }
    }
}
