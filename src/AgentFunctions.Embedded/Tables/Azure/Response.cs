// What a request answered: the subset of Azure.Core's response types that the table client gives out.
using Azure.Core;

namespace Azure;

/// <summary>An answer of the service. The subset has the status and the ETag; the body is read before it is returned.</summary>
public abstract class Response
{
    public abstract int Status { get; }

    public abstract string ReasonPhrase { get; }

    public virtual ResponseHeaders Headers => default;

    public virtual bool IsError => Status >= 400;

    public static Response<T> FromValue<T>(T value, Response response) => new ValueResponse<T>(value, response);

    private sealed class ValueResponse<T>(T value, Response response) : Response<T>
    {
        public override T Value => value;

        public override Response GetRawResponse() => response;
    }
}

/// <summary>An answer that may lack a value.</summary>
public abstract class NullableResponse<T>
{
    public abstract bool HasValue { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is none: ask <see cref="HasValue"/> first.</exception>
    public abstract T? Value { get; }

    public abstract Response GetRawResponse();
}

/// <summary>An answer with a value.</summary>
public abstract class Response<T> : NullableResponse<T>
{
    public override bool HasValue => true;

    public abstract override T Value { get; }

#pragma warning disable CA2225 // The real type has the operator alone.
    public static implicit operator T(Response<T> response) => response.Value;
#pragma warning restore CA2225
}

internal sealed class MissingResponse<T>(Response response) : NullableResponse<T>
{
    public override bool HasValue => false;

    public override T? Value => throw new InvalidOperationException("The response has no value: the entity does not exist. Check HasValue first.");

    public override Response GetRawResponse() => response;
}
