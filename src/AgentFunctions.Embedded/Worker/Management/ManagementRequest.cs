using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Reads the query and the body of a management request; like the extension, what cannot be parsed counts as not given.</summary>
internal static class ManagementRequest
{
    public static string? Text(this HttpRequest request, string name) => request.Query.TryGetValue(name, out var values) ? values[0] : null;

    public static bool Flag(this HttpRequest request, string name, bool otherwise) =>
        bool.TryParse(request.Text(name), out var value) ? value : otherwise;

    public static int? Number(this HttpRequest request, string name) =>
        int.TryParse(request.Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;

    public static DateTimeOffset? Time(this HttpRequest request, string name) =>
        DateTimeOffset.TryParse(request.Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value) ? value : null;

    public static TimeSpan? Seconds(this HttpRequest request, string name) =>
        double.TryParse(request.Text(name), CultureInfo.InvariantCulture, out var value) && value is >= 0 and < 1e6 ? TimeSpan.FromSeconds(value) : null;

    /// <summary>The statuses that are named, by commas or repeated; null if there are none.</summary>
    public static List<OrchestrationRuntimeStatus>? Statuses(this HttpRequest request)
    {
        var statuses = request.Query["runtimeStatus"]
            .SelectMany(value => (value ?? "").Split(','))
            .Where(name => Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out _))
            .Select(name => Enum.Parse<OrchestrationRuntimeStatus>(name, ignoreCase: true))
            .ToList();
        return statuses.Count > 0 ? statuses : null;
    }

    public static string? ContinuationToken(this HttpRequest request) =>
        request.Headers[ManagementApi.ContinuationHeader].ToString() is { Length: > 0 } token ? token : null;

    public static bool IsJson(this HttpRequest request) =>
        request.ContentType is { } type && type.Split(';')[0].Trim().Equals("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The body as JSON; null if it is empty.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static async Task<JsonElement?> ReadJsonAsync(this HttpRequest request) =>
        await request.ReadTextAsync() is { Length: > 0 } text ? JsonSerializer.Deserialize<JsonElement>(text) : null;

    public static async Task<string> ReadTextAsync(this HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        return await reader.ReadToEndAsync(request.HttpContext.RequestAborted);
    }

    /// <summary>Stored data as JSON; data that is not JSON as text.</summary>
    public static JsonNode? ToJson(string? data)
    {
        try
        {
            return string.IsNullOrWhiteSpace(data) ? data : JsonNode.Parse(data);
        }
        catch (JsonException)
        {
            return data;
        }
    }
}
