namespace Azure;

/// <summary>The service refused a request. Part of the subset of Azure.Core that the table client needs.</summary>
public class RequestFailedException : Exception
{
    private readonly Response? _response;

    public RequestFailedException(string message)
        : this(0, message)
    {
    }

    public RequestFailedException(string message, Exception? innerException)
        : this(0, message, innerException)
    {
    }

    public RequestFailedException(int status, string message)
        : this(status, message, null)
    {
    }

    public RequestFailedException(int status, string message, Exception? innerException)
        : this(status, message, null, innerException)
    {
    }

    public RequestFailedException(int status, string message, string? errorCode, Exception? innerException)
        : base(message, innerException) => (Status, ErrorCode) = (status, errorCode);

    internal RequestFailedException(Response response, string message, string? errorCode)
        : this(response.Status, message, errorCode, null) => _response = response;

    /// <summary>The HTTP status; 0 when no answer came.</summary>
    public int Status { get; }

    /// <summary>The service's word for the error, for example <c>EntityAlreadyExists</c>.</summary>
    public string? ErrorCode { get; }

    public Response? GetRawResponse() => _response;
}
