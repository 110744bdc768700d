using System.Threading.Channels;
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
    private readonly ReadyInstances _ready = new();
    private readonly Channel<long> _activities = Channel.CreateUnbounded<long>();
    private readonly InstanceWaiters _waiters;
    private readonly Alarm _alarm;
    private readonly CancellationTokenSource _stopping = new(); // no new work
    private readonly CancellationTokenSource _aborting = new(); // running activities should give up
    private Task[] _workers = [];

    public DurableEngine(
        EngineStore store, IEngineFunctions functions, InstanceWaiters waiters, EngineOptions options, TimeProvider time, ILogger<DurableEngine> log)
    {
        (_store, _functions, _waiters, _options, _time, _log) = (store, functions, waiters, options, time, log);
        _alarm = new Alarm(time, () => _ = ScanAsync());
    }

    /// <summary>Takes up everything that was not finished, then waits for more.</summary>
    public async Task StartAsync()
    {
        _store.Committed = Deliver;
        var activities = await _store.ReadAsync(ActivityTable.All);
        activities.ForEach(id => _activities.Writer.TryWrite(id));
        await ScanAsync();
        EngineLog.Started(_log, activities.Count);
        _workers =
        [
            .. Enumerable.Range(0, _options.MaxConcurrentOrchestrators).Select(_ => Task.Run(RunEpisodesAsync)),
            .. Enumerable.Range(0, _options.MaxConcurrentActivities).Select(_ => Task.Run(RunActivitiesAsync)),
        ];
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
        }
        catch (OperationCanceledException)
        {
            await _aborting.CancelAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _alarm.Dispose();
        // The token sources stay: an activity that was left behind may still look at its token.
    }

    private void Deliver(Outbox sent)
    {
        foreach (var instanceId in sent.Ready)
        {
            _ready.Add(instanceId);
        }
        foreach (var activity in sent.Activities)
        {
            _activities.Writer.TryWrite(activity);
        }
        foreach (var instanceId in sent.Changed)
        {
            _waiters.Wake(instanceId);
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
            due.ForEach(_ready.Add);
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

    private async Task RunEpisodesAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            string instanceId;
            try
            {
                instanceId = await _ready.TakeAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await RunOneAsync(instanceId, () => RunEpisodeAsync(instanceId), again: () => _ready.Add(instanceId));
            _ready.Done(instanceId);
        }
    }

    private async Task RunEpisodeAsync(string instanceId)
    {
        if (instanceId.StartsWith('@'))
        {
            var batch = new EntityBatch(_store, _functions, instanceId)
            {
                OperationFailed = (operation, e) => EngineLog.EntityOperationFailed(_log, instanceId, operation, e),
            };
            if (!await batch.RunAsync())
            {
                _ready.Add(instanceId);
            }
            return;
        }
        if (await _store.LoadOrchestrationAsync(instanceId) is not { } work)
        {
            return;
        }
        var name = work.Instance.Name;
        var code = _functions.FindOrchestrator(name) ?? (_ => throw new FailureException(_functions.Unknown("orchestrator", name)));
        var episode = Replay.Run(work.Instance, code, work.History, [.. work.Inbox.Select(message => message.Body)], _store.Now);
        await _store.CommitAsync(work, episode);
        if (episode.Status.HasEnded())
        {
            EngineLog.Ended(_log, name, instanceId, episode.Status, episode.Failure?.Message);
        }
    }

    private async Task RunActivitiesAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            long id;
            try
            {
                id = await _activities.Reader.ReadAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await RunOneAsync($"activity {id}", () => RunActivityAsync(id), again: () => _activities.Writer.TryWrite(id));
        }
    }

    private async Task RunActivityAsync(long id)
    {
        if (await _store.ReadAsync(connection => ActivityTable.Find(connection, id)) is not { } activity)
        {
            return; // its instance was terminated or purged
        }
        Func<DateTime, HistoryEvent> outcome;
        try
        {
            var code = _functions.FindActivity(activity.Name) ?? throw new FailureException(_functions.Unknown("activity", activity.Name));
            var result = await code(activity, _aborting.Token);
            outcome = now => new TaskCompleted(now, activity.TaskId, result);
        }
        catch (OperationCanceledException) when (_aborting.IsCancellationRequested)
        {
            return; // interrupted by the stop, so not an outcome: it is delivered again at the next start
        }
        catch (Exception e)
        {
            EngineLog.ActivityFailed(_log, activity.Name, activity.InstanceId, e);
            outcome = now => new TaskFailed(now, activity.TaskId, Failure.From(e));
        }
        await StoreOutcomeAsync(activity, outcome);
    }

    /// <summary>Keeps trying: the work is done, and forgetting its result would mean doing it again.</summary>
    private async Task StoreOutcomeAsync(ActivityWork activity, Func<DateTime, HistoryEvent> outcome)
    {
        while (true)
        {
            try
            {
                await _store.WriteAsync(outbox => ActivityTable.Complete(outbox, activity, outcome(outbox.Now)));
                return;
            }
            catch (Exception e) when (e is not ObjectDisposedException && !_aborting.IsCancellationRequested)
            {
                EngineLog.StorageFailed(_log, $"the result of activity {activity.Name} of {activity.InstanceId}", e);
                await Task.Delay(_options.StorageRetryDelay, _time, _aborting.Token);
            }
        }
    }

    /// <summary>A storage error must not end a worker: what it had taken up is tried again after a while.</summary>
    private async Task RunOneAsync(string what, Func<Task> run, Action again)
    {
        try
        {
            await run();
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            EngineLog.StorageFailed(_log, what, e);
            _ = Task.Delay(_options.StorageRetryDelay, _time, _stopping.Token).ContinueWith(
                _ => again(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
        catch (Exception e)
        {
            EngineLog.StorageFailed(_log, what, e); // the next start takes it up
        }
    }
}
