// How a configured server is reached: a process with its own environment, or HTTP with its headers.
using ModelContextProtocol.Client;

namespace AgentFunctions.Tools.Mcp;

/// <summary>Makes transports; variables are expanded here and nowhere else.</summary>
internal sealed class McpTransports(Func<string, string?> environment) : IDisposable
{
    // The protocol library waits this long for a process to end by itself before it kills it.
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(1);

    // Redirects are not followed: they could carry headers with secrets to another host.
    private readonly HttpClient _http = new(new McpCallHeaders(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseCookies = false,
    }))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <param name="secrets">Remembers what was expanded, so that error texts can be cleared of it.</param>
    /// <param name="errorLine">Takes each line that a process writes to its standard error.</param>
    public IClientTransport Create(McpServerDefinition server, SecretTemplates secrets, Action<string> errorLine) =>
        server.Command is null ? OverHttp(server, secrets) : AsProcess(server, secrets, errorLine);

    public SecretTemplates NewSecrets() => new(environment);

    public void Dispose() => _http.Dispose();

    private static StdioClientTransport AsProcess(McpServerDefinition server, SecretTemplates secrets, Action<string> errorLine)
    {
        // The app's own variables hold keys of models and stores, which are none of the server's business.
        var variables = StdioClientTransportOptions.GetDefaultEnvironmentVariables();
        foreach (var (name, value) in server.Environment)
            variables[name] = secrets.Expand(value);
        return new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = server.Name,
            Command = server.Command!,
            Arguments = [.. server.Arguments.Select(secrets.Expand)],
            WorkingDirectory = server.WorkingDirectory,
            InheritEnvironmentVariables = false,
            EnvironmentVariables = variables,
            ShutdownTimeout = _shutdownTimeout,
            StandardErrorLines = errorLine,
        });
    }

    private HttpClientTransport OverHttp(McpServerDefinition server, SecretTemplates secrets) => new(
        new HttpClientTransportOptions
        {
            Name = server.Name,
            Endpoint = new Uri(secrets.Expand(server.Url!)),
            TransportMode = HttpTransportMode.StreamableHttp,
            ConnectionTimeout = TimeSpan.FromSeconds(server.ConnectTimeoutSeconds),
            AdditionalHeaders = server.Headers.ToDictionary(h => h.Key, h => secrets.Expand(h.Value)),
        },
        _http,
        loggerFactory: null,
        ownsHttpClient: false);
}

/// <summary>Gives the request of a tool call the call's Idempotency-Key.</summary>
internal sealed class McpCallHeaders(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly AsyncLocal<string?> _key = new();

    /// <summary>The key of requests that the current flow sends from here on.</summary>
    public static void UseKey(string? key) => _key.Value = key;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_key.Value is { } key)
            request.Headers.TryAddWithoutValidation(HttpToolRequest.IdempotencyKeyHeader, key);
        return base.SendAsync(request, cancellationToken);
    }
}
