using System.Reflection;

namespace Microsoft.DurableTask;

/// <summary>A failure as it is stored: the exception's type by full name, its message, its stack and what caused it.</summary>
public record TaskFailureDetails(
    string ErrorType,
    string ErrorMessage,
    string? StackTrace,
    TaskFailureDetails? InnerFailure,
    IDictionary<string, object?>? Properties)
{
    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    /// <inheritdoc cref="IsCausedBy(Type)"/>
    public bool IsCausedBy<T>()
        where T : Exception => IsCausedBy(typeof(T));

    /// <summary>Whether the failure's exception is of that type or one derived from it; false if its type is not loaded here.</summary>
    /// <exception cref="AmbiguousMatchException">Several loaded assemblies have a type of the failure's name.</exception>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
            throw new ArgumentException($"{targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        if (string.IsNullOrEmpty(ErrorType))
            return false;
        var actual = Type.GetType(ErrorType, throwOnError: false)
            ?? targetBaseExceptionType.Assembly.GetType(ErrorType, throwOnError: false)
            ?? FindLoadedType(ErrorType);
        return actual is not null && targetBaseExceptionType.IsAssignableFrom(actual);
    }

    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new TaskFailureDetails(
            exception.GetType().ToString(),
            exception.Message,
            exception.StackTrace,
            exception.InnerException is { } inner ? FromException(inner) : null,
            Properties: null);
    }

    private static Type? FindLoadedType(string name)
    {
        var found = AppDomain.CurrentDomain.GetAssemblies()
            .Select(assembly => assembly.GetType(name, throwOnError: false))
            .OfType<Type>()
            .ToList();
        return found.Count > 1
            ? throw new AmbiguousMatchException($"Several loaded assemblies have an exception type named '{name}'.")
            : found.SingleOrDefault();
    }
}
