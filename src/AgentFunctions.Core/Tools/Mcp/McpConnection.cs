// One open connection to an MCP server: listing, calling, and the news that its tools changed.
using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Telemetry;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AgentFunctions.Tools.Mcp;

internal sealed class McpConnection : IAsyncDisposable
{
    // Before this revision a server announces changes unasked.
    private const string FirstWithSubscriptions = "2026-07-28";

    private readonly CancellationTokenSource _closing = new();
    private TaskCompletionSource _listChanged = NewSignal();
    private McpClient _client = null!;
    private volatile bool _isBroken;
    private long _calls;

    private McpConnection()
    {
    }

    /// <summary>False once the process has ended, the server has dropped the session, or a call has broken it.</summary>
    public bool IsOpen => !_isBroken && !_client.Completion.IsCompleted;

    /// <summary>Whether the server keeps a session for us, which it may forget.</summary>
    public bool HasSession => _client.SessionId is not null;

    /// <exception cref="Exception">The server cannot be reached, or does not speak the protocol; of many types.</exception>
    public static async Task<McpConnection> OpenAsync(IClientTransport transport, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var connection = new McpConnection();
        var options = new McpClientOptions
        {
            ClientInfo = new Implementation { Name = AgentTelemetry.Name, Version = AgentTelemetry.Version },
            InitializationTimeout = timeout,
            // Old servers pass over the first question of new clients; there must be time for the second.
            DiscoverProbeTimeout = timeout / 3,
        };
        options.Handlers.NotificationHandlers = [new(NotificationMethods.ToolListChangedNotification, connection.OnListChanged)];
        connection._client = await McpClient.CreateAsync(transport, options, loggerFactory: null, cancellationToken);
        connection.Subscribe();
        return connection;
    }

    public async Task<IEnumerable<Tool>> ListToolsAsync(CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _listChanged, NewSignal());
        return (await _client.ListToolsAsync(options: null, cancellationToken)).Select(tool => tool.ProtocolTool);
    }

    /// <summary>Nobody shall use the connection any more. The library learns of a dead process later than a call does.</summary>
    public void Abandon() => _isBroken = true;

    /// <summary>Waits until the list changed after the last listing, or the connection is closed.</summary>
    public Task ChangeAsync() => Task.WhenAny(_listChanged.Task, _client.Completion);

    public async Task<CallToolResult> CallAsync(string tool, ToolInvocation invocation, bool sendKey, CancellationToken cancellationToken)
    {
        McpCallHeaders.UseKey(sendKey ? invocation.IdempotencyKey : null);
        var id = new RequestId($"call-{Interlocked.Increment(ref _calls)}");
        var call = new CallToolRequestParams
        {
            Name = tool,
            Arguments = invocation.Arguments.EnumerateObject().ToDictionary(member => member.Name, member => member.Value),
            Meta = MetaOf(invocation, sendKey),
        };
        try
        {
            return await _client.SendRequestAsync<CallToolRequestParams, CallToolResult>(
                RequestMethods.ToolsCall, call, requestId: id, cancellationToken: cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = TellCancelledAsync(id);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _client.DisposeAsync();
        _closing.Dispose();
    }

    // The library gives up its own notice when the awaiting code is resumed first. A server that is gone needs none.
    private async Task TellCancelledAsync(RequestId id)
    {
        var told = _client.SendNotificationAsync(
            NotificationMethods.CancelledNotification, new CancelledNotificationParams { RequestId = id }, cancellationToken: _closing.Token);
        await told.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static JsonObject MetaOf(ToolInvocation invocation, bool sendKey)
    {
        var meta = new JsonObject();
        if (sendKey)
            meta["idempotency-key"] = invocation.IdempotencyKey;
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            meta["traceparent"] = activity.Id;
            if (activity.TraceStateString is { Length: > 0 } state)
                meta["tracestate"] = state;
        }

        return meta;
    }

    private ValueTask OnListChanged(JsonRpcNotification notification, CancellationToken cancellationToken)
    {
        Volatile.Read(ref _listChanged).TrySetResult();
        return ValueTask.CompletedTask;
    }

    // The request stays open for as long as the connection; how it ends says nothing that Completion does not say.
    private void Subscribe()
    {
        if (_client.ServerCapabilities.Tools?.ListChanged != true || string.CompareOrdinal(_client.NegotiatedProtocolVersion, FirstWithSubscriptions) < 0)
            return;
        var wanted = new SubscriptionsListenRequestParams { Notifications = new SubscriptionsListenNotifications { ToolsListChanged = true } };
        var listening = _client.SendRequestAsync<SubscriptionsListenRequestParams, EmptyResult>(
            RequestMethods.SubscriptionsListen, wanted, cancellationToken: _closing.Token).AsTask();
        _ = listening.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
