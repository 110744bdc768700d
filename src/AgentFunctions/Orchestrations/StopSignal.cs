// Tells steps of a workflow to stop: because those around them do, because of their time, or because a neighbour failed.
namespace AgentFunctions.Orchestrations;

internal sealed class StopSignal : IDisposable
{
    private readonly TaskCompletionSource _raised = new();
    private readonly CancellationTokenSource _timerEnd = new();
    private readonly Task _timer;

    /// <param name="scope">The run.</param>
    /// <param name="around">Stops this as well.</param>
    /// <param name="seconds">From now on; null for no limit.</param>
    public StopSignal(RunScope scope, Task around, double? seconds)
    {
        _timer = seconds is { } limit ? scope.Context.CreateTimer(TimeSpan.FromSeconds(limit), _timerEnd.Token) : new TaskCompletionSource().Task;
        Task = Task.WhenAny(around, _timer, _raised.Task);
    }

    /// <summary>Completes when the work shall stop.</summary>
    public Task Task { get; }

    public bool IsStopped => Task.IsCompleted;

    public bool TimedOut => _timer.IsCompletedSuccessfully;

    public void Raise() => _raised.TrySetResult();

    // Ends the timer, so that the orchestration does not live as long as it.
    public void Dispose()
    {
        _timerEnd.Cancel();
        _timerEnd.Dispose();
    }
}
