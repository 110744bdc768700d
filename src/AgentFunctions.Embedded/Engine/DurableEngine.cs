using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Runs orchestrations, activities and entities of one database. Everything it must do is stored before it is done,
/// so starting is: look what is stored, and go on.
/// </summary>
internal sealed class DurableEngine : IAsyncDisposable
{
    private readonly EngineStore _store;
    private readonly IEngineFunctions _functions;
    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ReadyInstances _ready;
    private readonly WaitingStarts _starts;
    private readonly ActivityQueue _activities = new();
    private readonly ActivityOutcomes _outcomes = new();
    private readonly EpisodeRunner _episodes;
    private readonly ActivityRunner _activityRunner;
    private readonly InstanceWaiters _waiters;
    private readonly Alarm _alarm;
    private readonly ITimer _watch;
    private readonly CancellationTokenSource _stopping = new(); // no new work
    private readonly CancellationTokenSource _aborting = new(); // running activities should give up
    private Task[] _workers = [];

    public DurableEngine(
        EngineStore store, IEngineFunctions functions, InstanceWaiters waiters, EngineOptions options, TimeProvider time, ILogger<DurableEngine> log)
    {
        (_store, _functions, _waiters, _options, _time, _log) = (store, functions, waiters, options, time, log);
        _ready = new ReadyInstances(time);
        _starts = new WaitingStarts(
            options.MaxConcurrentActivities, () => _activities.WaitingExecutions, instanceId => _ready.Add(instanceId, readInbox: true));
        _episodes = new EpisodeRunner(store, functions, _outcomes, _activities, options, log);
        _activityRunner = new ActivityRunner(functions, time, log, _aborting.Token);
        _alarm = new Alarm(time, () => _ = ScanAsync());
        _watch = time.CreateTimer(_ => Watch(), null, options.LongEpisode, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes up everything that was not finished, then waits for more.</summary>
    public async Task StartAsync()
    {
        var unfinished = await _store.ReadAsync(HistoryTable.Unfinished); // before anything runs, or the same activity would be queued twice
        _store.Committed = Deliver;
        unfinished.ForEach(_activities.Add);
        await ScanAsync();
        EngineLog.Started(_log, unfinished.Count);
        using (ExecutionContext.SuppressFlow()) // functions must not run inside the trace of whoever starts the host
        {
            _workers =
            [
                .. Work(_options.MaxConcurrentOrchestrators, () => PumpAsync(_ready.TakeAsync, ProcessAsync)),
                .. Work(_options.MaxConcurrentActivities, () => PumpAsync(_activities.TakeAsync, RunActivityAsync)),
            ];
        }

        static IEnumerable<Task> Work(int workers, Func<Task> pump) => Enumerable.Range(0, workers).Select(_ => Task.Run(pump));
    }

    /// <summary>
    /// Takes no new work and lets what runs end. Activities that outlast the drain time are asked to cancel;
    /// one that still runs when <paramref name="cancellation"/> fires is left behind and delivered again at the next start.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        using var abort = _time.CreateTimer(_ => _aborting.Cancel(), null, _options.DrainTime, Timeout.InfiniteTimeSpan);
        await _stopping.CancelAsync();
        try
        {
            await Task.WhenAll(_workers).WaitAsync(cancellation);
            await _store.WriteAsync(_ => { }, cancellation).WaitAsync(cancellation); // the writer takes its turns in order: what has begun is committed
            await StoreOutcomesAsync(_outcomes.Instances).WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            await _aborting.CancelAsync();
            await StoreOutcomesAsync([.. _outcomes.Instances.Where(instanceId => !_ready.IsUnderWay(instanceId))]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _alarm.Dispose();
        await _watch.DisposeAsync();
        // The token sources stay: an activity that was left behind may still look at its token.
    }

    private void Deliver(Outbox sent)
    {
        _episodes.Committed(sent);
        sent.Started.ForEach(_starts.Add);
        foreach (var instanceId in sent.Ready)
        {
            _starts.Remove(instanceId);
            _ready.Add(instanceId, readInbox: true);
        }
        foreach (var activity in sent.Activities)
        {
            _activities.Add(activity);
        }
        foreach (var (instanceId, change) in sent.Changed)
        {
            _waiters.Wake(instanceId, change);
        }
        if (sent.NextDue is { } dueAt)
        {
            _alarm.SetAtMost(dueAt);
        }
    }

    /// <summary>Finds what is due, and sets the alarm for what comes next. An inbox that is found twice is processed once.</summary>
    private async Task ScanAsync()
    {
        try
        {
            var now = _store.Now;
            var (due, next) = await _store.ReadAsync(connection =>
                (Inbox.Ready(connection, now), Inbox.NextDue(connection, now)));
            due.Where(item => item.IsStart).ToList().ForEach(item => _starts.Add(item.InstanceId));
            due.Where(item => !item.IsStart).ToList().ForEach(item => _ready.Add(item.InstanceId, readInbox: true));
            if (next is { } dueAt)
            {
                _alarm.SetAtMost(dueAt);
            }
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            EngineLog.StorageFailed(_log, "the due messages", e);
            _alarm.SetAtMost(_store.Now + _options.StorageRetryDelay);
        }
        catch (ObjectDisposedException)
        {
            // the alarm rang while the database was being closed
        }
    }

    /// <summary>One worker: takes and processes, one at a time.</summary>
    private async Task PumpAsync<T>(Func<CancellationToken, ValueTask<T>> take, Func<T, Task> process)
    {
        while (!_stopping.IsCancellationRequested)
        {
            T item;
            try
            {
                item = await take(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await process(item);
        }
    }

    private async Task RunActivityAsync(ActivityWork activity)
    {
        _starts.WorkerTookOne();
        var outcome = await _activityRunner.RunAsync(activity);
        if (outcome is not null)
        {
            _outcomes.Add(activity.InstanceId, outcome);
            _ready.Add(activity.InstanceId, readInbox: false);
        }
    }

    /// <summary>Runs what is ready, and gives it back to the queue once its commit is done; the worker need not wait for that.</summary>
    private async Task ProcessAsync(ReadyInstance ready)
    {
        try
        {
            _ = FinishAsync(ready, await RunAsync(ready));
        }
        catch (Exception e)
        {
            TryAgainLater(ready, e);
        }
    }

    private async Task<Task> RunAsync(ReadyInstance ready)
    {
        if (!ready.InstanceId.StartsWith('@'))
        {
            return await _episodes.RunAsync(ready);
        }
        await RunEntityAsync(ready.InstanceId);
        return Task.CompletedTask;
    }

    private async Task FinishAsync(ReadyInstance ready, Task commit)
    {
        try
        {
            await commit;
            _ready.Done(ready.InstanceId);
            _starts.Begun(ready.InstanceId);
        }
        catch (Exception e)
        {
            TryAgainLater(ready, e);
        }
    }

    /// <summary>A storage error ends nothing: the instance is taken up again after a while, with all that waits for it.</summary>
    private void TryAgainLater(ReadyInstance ready, Exception error)
    {
        EngineLog.StorageFailed(_log, ready.InstanceId, error);
        _ = Task.Delay(_options.StorageRetryDelay, _time, _stopping.Token).ContinueWith(
            _ =>
            {
                _ready.Add(ready.InstanceId, readInbox: true);
                _ready.Done(ready.InstanceId);
            },
            CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    private async Task RunEntityAsync(string entityId)
    {
        var batch = new EntityBatch(_store, _functions, entityId)
        {
            OperationFailed = (operation, e) => EngineLog.EntityOperationFailed(_log, entityId, operation, e),
        };
        if (!await batch.RunAsync())
        {
            _ready.Add(entityId, readInbox: true);
        }
    }

    /// <summary>The activities that ended during the stop are done: forgetting their outcomes would mean doing them again.</summary>
    private async Task StoreOutcomesAsync(IReadOnlyList<string> instances)
    {
        foreach (var instanceId in instances)
        {
            try
            {
                await await _episodes.RunAsync(new ReadyInstance(instanceId, ReadInbox: false));
            }
            catch (Exception e)
            {
                EngineLog.OutcomesLost(_log, instanceId, e);
            }
        }
    }

    /// <summary>Tells of code that does not give its worker back, again and again until it does.</summary>
    private void Watch()
    {
        foreach (var (instanceId, time) in _ready.UnderWayFor(_options.LongEpisode))
        {
            EngineLog.LongEpisode(_log, instanceId, (int)time.TotalSeconds);
        }
        _watch.Change(_options.LongEpisode, Timeout.InfiniteTimeSpan);
    }
}
