// One configured MCP server over time: connected in the background, its tool list kept, its calls carried out.
using AgentFunctions.Runs;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;

namespace AgentFunctions.Tools.Mcp;

/// <summary>
/// The tools are those of the last listing, also while the server is away. A call connects by itself; a call that may be
/// repeated is sent once more when the connection broke under it.
/// </summary>
internal sealed partial class McpServer(McpServerDefinition definition, McpTransports transports, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    public const string Unavailable = "mcp_unavailable";

    // Servers over HTTP may have no way to announce a change.
    private static readonly TimeSpan _listAgain = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly TaskCompletionSource _firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile McpConnection? _connection;
    private volatile IReadOnlyList<ToolDefinition> _tools = [];
    private volatile SecretTemplates _secrets = transports.NewSecrets();

    public string Name => definition.Name;

    /// <summary>As of the last listing; empty before the first.</summary>
    public IReadOnlyList<ToolDefinition> Tools => _tools;

    /// <summary>Completes when the tools were listed for the first time, or could not be.</summary>
    public Task FirstAttempt => _firstAttempt.Task;

    private TimeSpan ConnectTimeout => TimeSpan.FromSeconds(definition.ConnectTimeoutSeconds);

    /// <summary>Keeps the connection and the list until <paramref name="stopping"/>.</summary>
    public async Task WatchAsync(CancellationToken stopping)
    {
        var pause = _firstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(() => pause = _firstPause, stopping);
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                LogAway(logger, Name, Describe(e), pause.TotalSeconds);
                _firstAttempt.TrySetResult();
            }

            await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    public async Task<ToolOutcome> CallAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var first = await TryCallAsync(tool, invocation, cancellationToken);
        if (first.Outcome is { } outcome)
            return outcome;
        if (first.WasSent && tool.Effect == ToolEffect.Once)
            return new ToolOutcome(null, ExecuteToolRunner.OutcomeUnknown,
                $"The MCP server '{Name}' went away during the call; whether it took effect is not known. It was not repeated. Check before calling the tool again.");
        var second = await TryCallAsync(tool, invocation, cancellationToken);
        return second.Outcome ?? new ToolOutcome(null, Unavailable, $"The MCP server '{Name}' cannot be reached: {Describe(second.Failure!)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
            await connection.DisposeAsync();
    }

    private async Task FollowAsync(Action listed, CancellationToken stopping)
    {
        while (true)
        {
            var connection = await ConnectAsync(stopping);
            await ListAsync(connection, stopping);
            listed();
            _firstAttempt.TrySetResult();
            await Task.WhenAny(connection.ChangeAsync(), Task.Delay(_listAgain, time, stopping));
            stopping.ThrowIfCancellationRequested();
            if (!connection.IsOpen)
                throw new IOException("the connection was closed");
        }
    }

    private async Task ListAsync(McpConnection connection, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var listed = await connection.ListToolsAsync(either.Token);
        _tools = McpToolList.Read(definition, listed, (tool, reason) => LogSkipped(logger, Name, tool, reason));
        LogListed(logger, Name, _tools.Count);
    }

    // One at a time: callers that come together share the connection that the first one opens.
    private async Task<McpConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection is { IsOpen: true } open)
            return open;
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (_connection is { IsOpen: true } opened)
                return opened;
            if (_connection is { } closed)
                await closed.DisposeAsync();
            _secrets = transports.NewSecrets();
            var transport = transports.Create(definition, _secrets, line => LogErrorLine(logger, Name, _secrets.Redact(line)));
            return _connection = await OpenAsync(transport, cancellationToken);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async Task<McpConnection> OpenAsync(ModelContextProtocol.Client.IClientTransport transport, CancellationToken cancellationToken)
    {
        try
        {
            return await McpConnection.OpenAsync(transport, ConnectTimeout, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {definition.ConnectTimeoutSeconds} s", e);
        }
    }

    private async Task<Attempt> TryCallAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        McpConnection? connection = null;
        try
        {
            connection = await ConnectAsync(cancellationToken);
            var result = await connection.CallAsync(tool.Mcp!.Tool, invocation, tool.Effect != ToolEffect.Pure, cancellationToken);
            return new Attempt(McpResults.ToOutcome(result));
        }
        catch (McpProtocolException e)
        {
            return new Attempt(new ToolOutcome(null, "mcp_error", Describe(e)));
        }
        catch (HttpRequestException e) when (e.StatusCode is { } status && !SessionIsGone(connection, e))
        {
            return new Attempt(new ToolOutcome(null, $"http_{(int)status}", Describe(e)));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Otherwise the next request over HTTP may get through, and others of the session may be under way.
            if (definition.Command is not null ? e is IOException : e is HttpRequestException http && SessionIsGone(connection, http))
                connection?.Abandon();
            return new Attempt(null) { Failure = e, WasSent = connection is not null && !NeverArrived(connection, e) };
        }
    }

    // The server refused the session's id before it looked at the call.
    private static bool SessionIsGone(McpConnection? connection, HttpRequestException e) =>
        e.StatusCode == System.Net.HttpStatusCode.NotFound && connection is { HasSession: true };

    private static bool NeverArrived(McpConnection connection, Exception e) => e is HttpRequestException http
        && (http.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
            || SessionIsGone(connection, http));

    private string Describe(Exception e) => McpResults.Shortened(_secrets.Redact(e.Message));

    /// <param name="Outcome">Null when the server gave none.</param>
    private sealed record Attempt(ToolOutcome? Outcome)
    {
        public Exception? Failure { get; init; }

        /// <summary>True when the server may have begun the call.</summary>
        public bool WasSent { get; init; }
    }

    [LoggerMessage(1361, LogLevel.Information, "MCP server {Server} lists {Count} tools")]
    private static partial void LogListed(ILogger logger, string server, int count);

    [LoggerMessage(1362, LogLevel.Warning, "MCP server {Server} cannot be used ({Reason}); tools listed before stay, and it is tried again in {Seconds} s")]
    private static partial void LogAway(ILogger logger, string server, string reason, double seconds);

    [LoggerMessage(1363, LogLevel.Warning, "MCP server {Server}: the tool {Tool} is left out, {Reason}")]
    private static partial void LogSkipped(ILogger logger, string server, string tool, string reason);

    [LoggerMessage(1364, LogLevel.Debug, "MCP server {Server} writes: {Line}")]
    private static partial void LogErrorLine(ILogger logger, string server, string line);
}
