using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function on an HTTP request. The parameter is an <see cref="AspNetCore.Http.HttpRequest"/>.</summary>
public sealed class HttpTriggerAttribute : TriggerBindingAttribute
{
    public HttpTriggerAttribute() => AuthLevel = AuthorizationLevel.Function;

    public HttpTriggerAttribute(params string[] methods) => Methods = methods;

    public HttpTriggerAttribute(AuthorizationLevel authLevel) => AuthLevel = authLevel;

    public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) =>
        (AuthLevel, Methods) = (authLevel, methods);

    /// <summary>The route template below the route prefix of host.json; the function's name if null.</summary>
    public string? Route { get; set; }

    /// <summary>The methods it answers; all if none are given.</summary>
    public string[]? Methods { get; }

    /// <inheritdoc cref="AuthorizationLevel"/>
    public AuthorizationLevel AuthLevel { get; }
}

/// <summary>Which key a caller needs.</summary>
/// <remarks>
/// Embedded: accepted and <b>not enforced</b>; every request is let in. The host listens on the loopback address
/// unless told otherwise; put a gateway that authenticates in front of it before you open it further.
/// </remarks>
public enum AuthorizationLevel
{
    Anonymous = 0,
    User = 1,
    Function = 2,
    System = 3,
    Admin = 4,
}
