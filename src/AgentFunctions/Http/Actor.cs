// Who asks, for the audit log.
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

internal static class Actor
{
    private const int MaxLength = 256;

    /// <summary>
    /// The signed-in principal that App Service authentication names, else the header <c>x-actor</c>, else <c>api</c>. Neither
    /// header proves anything by itself: put authentication in front that sets them and drops what clients send.
    /// </summary>
    public static string Of(HttpRequest request) => Header(request, "x-ms-client-principal-name") ?? Header(request, "x-actor") ?? "api";

    private static string? Header(HttpRequest request, string name) =>
        request.Headers[name].FirstOrDefault() is { Length: > 0 and <= MaxLength } text ? text : null;
}
