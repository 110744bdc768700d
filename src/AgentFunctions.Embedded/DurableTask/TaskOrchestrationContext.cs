using Microsoft.DurableTask.Abstractions;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;

namespace Microsoft.DurableTask;

/// <summary>
/// What an orchestrator may do. Its code is run again from the start over the recorded history,
/// so time, ids and everything that has an effect come from here.
/// </summary>
public abstract class TaskOrchestrationContext
{
    private ILoggerFactory? _replaySafeLoggerFactory;

    public abstract TaskName Name { get; }

    public abstract string InstanceId { get; }

    /// <summary>The caller of a sub-orchestration; null in one that a client started.</summary>
    public abstract ParentOrchestrationInstance? Parent { get; }

    /// <summary>The time of the current episode, the same on every replay of it.</summary>
    public abstract DateTime CurrentUtcDateTime { get; }

    /// <summary>Whether the code is running over what has already happened.</summary>
    public abstract bool IsReplaying { get; }

    public virtual string Version => string.Empty;

    public virtual IReadOnlyDictionary<string, object?> Properties { get; } = new Dictionary<string, object?>();

    public virtual TaskOrchestrationEntityFeature Entities =>
        throw new NotSupportedException($"Durable entities are not supported by {GetType()}.");

    /// <summary>Makes loggers that are silent while the code is replaying.</summary>
    public virtual ILoggerFactory ReplaySafeLoggerFactory =>
        _replaySafeLoggerFactory ??= new ReplaySafeLoggerFactoryImpl(this);

    protected abstract ILoggerFactory LoggerFactory { get; }

    public abstract T? GetInput<T>();

    /// <inheritdoc cref="CallActivityAsync{TResult}(TaskName, object?, TaskOptions?)"/>
    public virtual Task CallActivityAsync(TaskName name, object? input = null, TaskOptions? options = null) =>
        CallActivityAsync<object>(name, input, options);

    public virtual Task CallActivityAsync(TaskName name, TaskOptions options) =>
        CallActivityAsync(name, null, options);

    public virtual Task<TResult> CallActivityAsync<TResult>(TaskName name, TaskOptions options) =>
        CallActivityAsync<TResult>(name, null, options);

    /// <summary>Runs an activity and gives its result.</summary>
    /// <exception cref="TaskFailedException">The activity threw, and its retries, if any, are used up.</exception>
    public abstract Task<TResult> CallActivityAsync<TResult>(
        TaskName name, object? input = null, TaskOptions? options = null);

    public virtual Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken) =>
        CreateTimer(CurrentUtcDateTime.Add(delay), cancellationToken);

    /// <summary>A durable timer. An orchestration completes only after its timers have fired or have been cancelled.</summary>
    /// <exception cref="TaskCanceledException">The token was cancelled first.</exception>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);

    /// <summary>The payload of the next event of that name (without case), which may have arrived before.</summary>
    /// <exception cref="TaskCanceledException">The token was cancelled first.</exception>
    public abstract Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="WaitForExternalEvent{T}(string, TimeSpan, CancellationToken)"/>
    public Task<T> WaitForExternalEvent<T>(string eventName, TimeSpan timeout) =>
        WaitForExternalEvent<T>(eventName, timeout, CancellationToken.None);

    /// <summary>As without a time-out, which is kept with a durable timer.</summary>
    /// <exception cref="TaskCanceledException">The time-out passed or the token was cancelled first.</exception>
    public async Task<T> WaitForExternalEvent<T>(string eventName, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var stopTimer = new CancellationTokenSource();
        using var stopWaiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = CreateTimer(timeout, stopTimer.Token);
        var received = WaitForExternalEvent<T>(eventName, stopWaiting.Token);
        var first = await Task.WhenAny(timer, received);
        // The loser must be cancelled: a pending timer would keep the orchestration open.
        // Not CancelAsync: it completes on the thread pool, which replay forbids.
        (first == received ? stopTimer : stopWaiting).Cancel();
        return await received;
    }

    /// <summary>Sends an event to another orchestration, without waiting for it.</summary>
    public abstract void SendEvent(string instanceId, string eventName, object payload);

    public abstract void SetCustomStatus(object? customStatus);

    /// <summary>Runs another orchestrator as a part of this one and gives its result.</summary>
    /// <exception cref="TaskFailedException">It failed or was terminated, and its retries, if any, are used up.</exception>
    public abstract Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null);

    public virtual Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, TaskOptions options) =>
        CallSubOrchestratorAsync<TResult>(orchestratorName, null, options);

    public virtual Task CallSubOrchestratorAsync(TaskName orchestratorName, TaskOptions options) =>
        CallSubOrchestratorAsync(orchestratorName, null, options);

    public virtual Task CallSubOrchestratorAsync(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        CallSubOrchestratorAsync<object>(orchestratorName, input, options);

    /// <summary>Starts over with a new input and an empty history once the orchestrator's code has returned.</summary>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    public virtual void ContinueAsNew(ContinueAsNewOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ContinueAsNew(options.NewInput, options.PreserveUnprocessedEvents);
    }

    /// <summary>A new id, the same on every replay.</summary>
    public abstract Guid NewGuid();

    public virtual ILogger CreateReplaySafeLogger(string categoryName) =>
        new ReplaySafeLogger(this, UnwrappedLoggerFactory().CreateLogger(categoryName));

    public virtual ILogger CreateReplaySafeLogger(Type type) =>
        new ReplaySafeLogger(this, UnwrappedLoggerFactory().CreateLogger(type));

    public virtual ILogger CreateReplaySafeLogger<T>() =>
        new ReplaySafeLogger(this, UnwrappedLoggerFactory().CreateLogger<T>());

    public virtual int CompareVersionTo(string version) =>
        TaskOrchestrationVersioningUtils.CompareVersions(Version, version);

    // A context that wraps another may give that one's replay-safe factory as its own: one check is enough.
    private ILoggerFactory UnwrappedLoggerFactory()
    {
        const int MaxDepth = 10;
        var factory = LoggerFactory;
        for (var depth = 0; factory is ReplaySafeLoggerFactoryImpl wrapper; depth++)
        {
            if (depth == MaxDepth)
                throw new InvalidOperationException(
                    $"{GetType()}.{nameof(LoggerFactory)} leads back to itself; return the inner context's factory instead.");
            factory = wrapper.Underlying;
        }

        return factory;
    }

    private sealed class ReplaySafeLogger(TaskOrchestrationContext context, ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!context.IsReplaying)
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private sealed class ReplaySafeLoggerFactoryImpl(TaskOrchestrationContext context) : ILoggerFactory
    {
        internal ILoggerFactory Underlying => context.LoggerFactory;

        public ILogger CreateLogger(string categoryName) => context.CreateReplaySafeLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) =>
            throw new NotSupportedException("Add logging providers to the host; the replay-safe factory only wraps its loggers.");

        public void Dispose()
        {
            // The wrapped factory belongs to the host.
        }
    }
}
