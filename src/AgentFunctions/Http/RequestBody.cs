// Bodies of requests, read up to a limit.
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

internal static class RequestBody
{
    /// <summary>The body as JSON.</summary>
    /// <exception cref="ApiException">413 when it is larger than <paramref name="maxBytes"/>, 400 when it is not JSON.</exception>
    public static async Task<JsonNode?> ReadJsonAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(request, maxBytes, cancellationToken);
        try
        {
            return JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid($"The body is not valid JSON: {e.Message}");
        }
    }

    public static ApiException TooLarge(long maxBytes) =>
        new(413, "payload_too_large", $"The body is larger than {maxBytes / 1024 / 1024} MiB.");

    private static async Task<byte[]> ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
            throw TooLarge(maxBytes);
        using var body = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        try
        {
            while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (body.Length + read > maxBytes)
                    throw TooLarge(maxBytes);
                body.Write(buffer, 0, read);
            }
        }
        catch (BadHttpRequestException e)
        {
            throw new ApiException(e.StatusCode, "invalid_request", e.Message);
        }

        return body.ToArray();
    }
}
