// Carries out HTTP tools: sends the request, reads a bounded answer, and turns failures into words for the model.
using System.Text;
using System.Text.Json;
using AgentFunctions.Agents;

namespace AgentFunctions.Tools;

/// <summary>
/// One connection pool for all HTTP tools. Redirects are not followed: they could carry headers with secrets to another host.
/// The current activity's traceparent is sent along. Time-outs are the caller's.
/// </summary>
public sealed class HttpToolClient(Func<string, string?> environment) : IDisposable
{
    public const int MaxResponseBytes = 1024 * 1024;

    private const int MaxErrorCharacters = 2000;

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public void Dispose() => _client.Dispose();

    internal async Task<ToolOutcome> SendAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var templates = new SecretTemplates(environment);
        try
        {
            using var request = HttpToolRequest.Build(tool, invocation, templates);
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return await ReadAsync(response, templates, cancellationToken);
        }
        catch (ArgumentException e)
        {
            return new ToolOutcome(null, "invalid_arguments", e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new ToolOutcome(null, e.GetType().Name, templates.Redact(e.Message));
        }
    }

    private static async Task<ToolOutcome> ReadAsync(HttpResponseMessage response, SecretTemplates templates, CancellationToken cancellationToken)
    {
        if (await ReadTextAsync(response.Content, cancellationToken) is not { } text)
            return new ToolOutcome(null, "response_too_large", $"The answer is larger than {MaxResponseBytes} bytes, the limit for tools. Ask for less.");
        if (response.IsSuccessStatusCode)
            return new ToolOutcome(ResultOf(response, text));

        var status = (int)response.StatusCode;
        var hint = status is >= 300 and < 400 ? " (redirects are not followed)" : "";
        var body = templates.Redact(text);
        var shown = body.Length > MaxErrorCharacters ? body[..MaxErrorCharacters] + "…" : body;
        return new ToolOutcome(null, $"http_{status}", $"HTTP {status} {response.ReasonPhrase}{hint}: {shown}".TrimEnd(' ', ':'));
    }

    private static JsonElement ResultOf(HttpResponseMessage response, string text)
    {
        if (text.Length == 0)
            return JsonSerializer.SerializeToElement(new { status = (int)response.StatusCode });
        if (response.Content.Headers.ContentType?.MediaType?.Contains("json", StringComparison.OrdinalIgnoreCase) != true)
            return JsonSerializer.SerializeToElement(text);
        try
        {
            return ForeignJson.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }

    /// <summary>The body as text, or null when it is over the limit.</summary>
    private static async Task<string?> ReadTextAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (body.Length + read > MaxResponseBytes)
                return null;
            body.Write(buffer, 0, read);
        }

        return EncodingOf(content).GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    private static Encoding EncodingOf(HttpContent content)
    {
        try
        {
            return content.Headers.ContentType?.CharSet is { } name ? Encoding.GetEncoding(name.Trim('"')) : Encoding.UTF8;
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
