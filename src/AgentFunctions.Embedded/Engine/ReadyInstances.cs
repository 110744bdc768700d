using System.Threading.Channels;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// The orchestrations and entities that have something to process. One is handed out to one worker at a time;
/// what arrives for it meanwhile makes it ready again.
/// </summary>
internal sealed class ReadyInstances
{
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();
    private readonly Dictionary<string, bool> _underWay = new(StringComparer.Ordinal); // value: more arrived since it was taken
    private readonly HashSet<string> _queued = new(StringComparer.Ordinal);
    private readonly Lock _lock = new(); // guards both sets

    public void Add(string instanceId)
    {
        lock (_lock)
        {
            if (_underWay.ContainsKey(instanceId))
            {
                _underWay[instanceId] = true;
            }
            else if (_queued.Add(instanceId))
            {
                _queue.Writer.TryWrite(instanceId);
            }
        }
    }

    /// <summary>Takes the next one; <see cref="Done"/> must follow.</summary>
    public async ValueTask<string> TakeAsync(CancellationToken cancellation)
    {
        var instanceId = await _queue.Reader.ReadAsync(cancellation);
        lock (_lock)
        {
            _queued.Remove(instanceId);
            _underWay.Add(instanceId, false);
        }
        return instanceId;
    }

    public void Done(string instanceId)
    {
        lock (_lock)
        {
            if (_underWay.Remove(instanceId, out var again) && again)
            {
                _queued.Add(instanceId);
                _queue.Writer.TryWrite(instanceId);
            }
        }
    }
}
