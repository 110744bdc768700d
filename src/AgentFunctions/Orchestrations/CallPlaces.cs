// Places for the calls of a step that run at the same time.
namespace AgentFunctions.Orchestrations;

/// <summary>Deterministic: a place that is given back goes to whoever has waited longest.</summary>
internal sealed class CallPlaces(int count)
{
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private int _free = count;

    public Task TakeAsync()
    {
        if (_free > 0)
        {
            _free--;
            return Task.CompletedTask;
        }

        var place = new TaskCompletionSource();
        _waiting.Enqueue(place);
        return place.Task;
    }

    public void GiveBack()
    {
        if (_waiting.TryDequeue(out var next))
            next.SetResult();
        else
            _free++;
    }
}
