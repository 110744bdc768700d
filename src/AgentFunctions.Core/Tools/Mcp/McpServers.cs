// The MCP servers of the app: started and stopped with the host, asked for tools when a run begins, called by runs.
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tools.Mcp;

internal sealed class McpServers : IHostedService, IDisposable
{
    private readonly Dictionary<string, McpServer> _servers;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public McpServers(AppConfiguration configuration, McpTransports transports, TimeProvider time, ILogger<McpServers> logger) =>
        _servers = configuration.McpServers.ToDictionary(s => s.Name, s => new McpServer(s, transports, time, logger));

    /// <summary>Waits until each server has answered or its time to connect is over, so that the first run has its tools. A server that is away stops nothing.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _watching = Task.WhenAll(_servers.Values.Select(server => Task.Run(() => server.WatchAsync(_stopping.Token), CancellationToken.None)));
        await Task.WhenAll(_servers.Values.Select(server => server.FirstAttempt)).WaitAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_servers.Values.Select(server => server.DisposeAsync().AsTask())).WaitAsync(cancellationToken);
    }

    /// <summary>The agent with the tools that its servers list now. A tool of its own goes before one of the same name.</summary>
    public AgentDefinition Complete(AgentDefinition agent) => agent.Mcp.Count == 0
        ? agent
        : agent with { Tools = [.. agent.Tools.Concat(agent.Mcp.SelectMany(Selected)).DistinctBy(tool => tool.Name)] };

    public Task<ToolOutcome> CallAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken) =>
        _servers.TryGetValue(tool.Mcp!.Server, out var server)
            ? server.CallAsync(tool, invocation, cancellationToken)
            : Task.FromResult(new ToolOutcome(null, McpServer.Unavailable, $"The MCP server '{tool.Mcp.Server}' is not in the configuration any more."));

    public void Dispose() => _stopping.Dispose();

    private IEnumerable<ToolDefinition> Selected(McpSelection selection) => _servers.TryGetValue(selection.Server, out var server)
        ? server.Tools.Where(tool => selection.Tool is null || tool.Mcp!.Tool == selection.Tool)
        : [];
}
