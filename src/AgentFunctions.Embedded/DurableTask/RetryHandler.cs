namespace Microsoft.DurableTask;

/// <summary>Decides in orchestrator code whether a failed task is tried again; must be deterministic.</summary>
public delegate bool RetryHandler(RetryContext retryContext);

/// <inheritdoc cref="RetryHandler"/>
/// <remarks>It may await what an orchestrator may await, for example a durable timer as the pause before a retry.</remarks>
public delegate Task<bool> AsyncRetryHandler(RetryContext retryContext);

/// <summary>What is known when a retry is decided; attempts count from 1.</summary>
public record RetryContext(
    TaskOrchestrationContext OrchestrationContext,
    int LastAttemptNumber,
    TaskFailureDetails LastFailure,
    TimeSpan TotalRetryTime,
    CancellationToken CancellationToken);
