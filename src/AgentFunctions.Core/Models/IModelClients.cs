// How a step gets the chat client of a model, and how a model's failure is told.
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models;

/// <summary>Creates the <see cref="IChatClient"/> for a model definition.</summary>
public interface IModelClients
{
    /// <summary>
    /// A client that streams, tells its usage in one <see cref="UsageContent"/> at the end of each answer (also of one that breaks
    /// off, as far as it is known), and throws only <see cref="ModelException"/> (or OperationCanceledException on the
    /// caller's cancellation).
    /// </summary>
    /// <exception cref="ModelException">The definition cannot be used (unknown provider, missing key): code INVALID_CONFIG.</exception>
    IChatClient Get(ModelDefinition model);
}

/// <summary>A failed model call, classified.</summary>
public sealed class ModelException : Exception
{
    public ModelException(string code, string message, bool retryable, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Retryable = retryable;
    }

    /// <summary>RATE_LIMIT, MODEL_TIMEOUT, API_ERROR, INVALID_CONFIG, INVALID_INPUT or CONTENT_MODERATION (see RunErrorCodes).</summary>
    public string Code { get; }

    /// <summary>True when the same call may succeed later.</summary>
    public bool Retryable { get; }

    /// <summary>How long the provider asked to wait, from Retry-After.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The provider's HTTP status, when it answered at all.</summary>
    public int? HttpStatus { get; init; }
}
