using System.ComponentModel;

namespace Microsoft.DurableTask;

/// <summary>A declarative policy of retries with exponential backoff, kept with durable timers.</summary>
public class RetryPolicy
{
    /// <exception cref="ArgumentOutOfRangeException">A value is not positive, or an upper bound is below the first interval.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1.0,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxNumberOfAttempts);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(firstRetryInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(backoffCoefficient, 1.0);
        ThrowIfShorter(maxRetryInterval, firstRetryInterval, nameof(maxRetryInterval));
        ThrowIfShorter(retryTimeout, firstRetryInterval, nameof(retryTimeout));

        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;
        Handle = _ => true;
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    /// <summary>What the interval is multiplied by after each attempt.</summary>
    public double BackoffCoefficient { get; }

    /// <summary>The longest interval between attempts; one hour unless given.</summary>
    public TimeSpan MaxRetryInterval { get; }

    /// <summary>No attempt is started later than this after the first; infinite unless given.</summary>
    public TimeSpan RetryTimeout { get; }

    /// <summary>Whether a failed attempt, given as the exception that the orchestrator would see, may be retried.</summary>
    /// <remarks>Embedded: it gets a <see cref="TaskFailedException"/>; the Azure worker gives it an exception of DurableTask.Core.</remarks>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Func<Exception, bool> Handle { get; private init; }

    /// <summary>Whether a failure may be retried; every failure may unless this is set.</summary>
    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init => Handle = exception => exception is TaskFailedException failed
            ? value(failed.FailureDetails)
            : throw new InvalidOperationException(
                $"A retry is decided on a {nameof(TaskFailedException)}, but got {exception.GetType()}.");
    }

    private static void ThrowIfShorter(TimeSpan? value, TimeSpan first, string name)
    {
        if (value < first && value != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, value, "Must be infinite or no shorter than firstRetryInterval.");
    }
}
