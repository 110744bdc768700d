using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Health;

/// <summary>
/// Lets requests in flight end before the host closes its listener, so that whoever asks meanwhile is told that the app is
/// not ready instead of being refused. With nothing in flight a stop is not delayed.
/// </summary>
public sealed class RequestDrain(TimeProvider time) : IHostedLifecycleService
{
    /// <summary>How long requests may take to end before the host goes on stopping.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private TaskCompletionSource? _drained;
    private int _inFlight;

    /// <summary>Counts a request until the result is disposed.</summary>
    public IDisposable Begin()
    {
        lock (_lock)
            _inFlight++;
        return new Request(this);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        Task drained;
        lock (_lock)
        {
            if (_inFlight == 0)
                return;
            drained = (_drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await drained.WaitAsync(TimeLimit, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void End()
    {
        lock (_lock)
        {
            if (--_inFlight == 0)
                _drained?.TrySetResult();
        }
    }

    private sealed class Request(RequestDrain drain) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                drain.End();
        }
    }
}
