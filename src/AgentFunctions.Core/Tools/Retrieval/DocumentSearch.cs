// The searched folders of the app, as tools call them; read once when the host starts.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tools.Retrieval;

internal sealed class DocumentSearch(AppConfiguration configuration, TimeProvider time, ILogger<DocumentSearch> logger) : BackgroundService
{
    private readonly Dictionary<string, DocumentFolder> _folders =
        configuration.Retrieval.ToDictionary(r => r.Name, r => new DocumentFolder(r, time, logger));

    public async Task<ToolOutcome> SearchAsync(ToolDefinition tool, ToolInvocation invocation, CancellationToken cancellationToken)
    {
        var (source, _) = tool.Retrieval!;
        if (!_folders.TryGetValue(source, out var folder))
            return new ToolOutcome(null, "unknown_source", $"The folder '{source}' is not in the configuration any more.");
        var (query, k) = RequestOf(tool, invocation.Arguments);
        var found = await folder.SearchAsync(query, k, cancellationToken);
        return new ToolOutcome(JsonSerializer.SerializeToElement(new FoundDocuments(found), AgentJson.Options));
    }

    /// <summary>What a call of the tool asks for.</summary>
    public static (string Query, int K) RequestOf(ToolDefinition tool, JsonElement arguments) => (
        arguments.TryGetProperty("query", out var query) && query.ValueKind == JsonValueKind.String ? query.GetString()! : "",
        arguments.TryGetProperty("k", out var k) && k.ValueKind == JsonValueKind.Number && k.TryGetInt32(out var number) ? number : tool.Retrieval!.K);

    public override void Dispose()
    {
        foreach (var folder in _folders.Values)
            folder.Dispose();
        base.Dispose();
    }

    // The first search need not wait for the reading then.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var folder in _folders.Values)
            await Task.Run(() => folder.ReadAsync(stoppingToken), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
