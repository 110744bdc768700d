// The HTTP side of the `traces` commands.
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Local.Cli;

/// <summary>The server refused; the message says why.</summary>
internal sealed class TracesRefusedException(string message) : Exception(message);

internal sealed class TracesClient(HttpClient http)
{
    private const int TraceIdLength = 32;

    public Task<JsonObject> GetAsync(string path, IEnumerable<KeyValuePair<string, string?>> query, CancellationToken cancellationToken) =>
        ReadAsync(http.GetAsync(Address(path, query), cancellationToken), cancellationToken);

    public Task<JsonObject> PostAsync(string path, JsonObject body, CancellationToken cancellationToken) =>
        ReadAsync(http.PostAsJsonAsync(path, body, cancellationToken), cancellationToken);

    public Task<JsonObject> UploadAsync(string path, Stream body, CancellationToken cancellationToken) =>
        ReadAsync(http.PostAsync(path, new StreamContent(body), cancellationToken), cancellationToken);

    public async Task DownloadAsync(string path, IEnumerable<KeyValuePair<string, string?>> query, Stream output, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(Address(path, query), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
        await response.Content.CopyToAsync(output, cancellationToken);
    }

    /// <summary>The trace id itself, or that of the run with this id.</summary>
    public async Task<string> TraceIdAsync(string id, CancellationToken cancellationToken)
    {
        if (id.Length == TraceIdLength && id.All(char.IsAsciiHexDigit))
            return id.ToLowerInvariant();
        var found = await GetAsync("/api/v1/traces", [KeyValuePair.Create("run_id", (string?)id)], cancellationToken);
        return found["data"] is JsonArray { Count: > 0 } traces
            ? (string)traces[0]!["trace_id"]!
            : throw new TracesRefusedException($"There is no trace of a run '{id}'. `traces` lists what there is.");
    }

    private static string Address(string path, IEnumerable<KeyValuePair<string, string?>> query)
    {
        var given = query.Where(p => p.Value is not null).Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}");
        return $"{path}?{string.Join('&', given)}";
    }

    private static async Task<JsonObject> ReadAsync(Task<HttpResponseMessage> request, CancellationToken cancellationToken)
    {
        using var response = await request;
        await RequireSuccessAsync(response, cancellationToken);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))!;
    }

    private static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
            throw new TracesRefusedException(Reason(await response.Content.ReadAsStringAsync(cancellationToken)) ?? $"The server answered {(int)response.StatusCode}.");
    }

    private static string? Reason(string body)
    {
        try
        {
            return JsonNode.Parse(body)?["error"] is JsonObject error ? $"{error["code"]}: {error["message"]}" : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
