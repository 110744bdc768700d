using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>Turns exceptions of functions into recorded failures, and recorded failures into the API's details.</summary>
internal static class EmbeddedFailures
{
    public static TaskFailureDetails ToDetails(this Failure failure) =>
        new(failure.Type, failure.Message, failure.StackTrace, failure.Inner?.ToDetails(), Properties: null);

    /// <summary>Like <see cref="Failure.From"/>, but keeps the cause that an API exception carries.</summary>
    public static Failure ToFailure(Exception exception)
    {
        var cause = exception switch
        {
            TaskFailedException failed => FromDetails(failed.FailureDetails),
            EntityOperationFailedException failed => FromDetails(failed.FailureDetails),
            _ => exception.InnerException is { } inner ? ToFailure(inner) : null,
        };
        return exception is FailureException carried
            ? carried.Failure
            : new Failure(exception.GetType().ToString(), exception.Message, exception.StackTrace, cause);
    }

    private static Failure FromDetails(TaskFailureDetails details) =>
        new(details.ErrorType, details.ErrorMessage, details.StackTrace, details.InnerFailure is { } inner ? FromDetails(inner) : null);
}
