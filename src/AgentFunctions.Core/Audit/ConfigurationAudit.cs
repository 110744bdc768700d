// Puts a changed configuration on record.
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;

namespace AgentFunctions.Audit;

/// <summary>
/// Compares the configuration that this process runs with the one on record: the file's text, before variables are put in,
/// and the definition of each agent, those made in code included.
/// </summary>
public sealed class ConfigurationAudit(IAuditLog audit, AppConfiguration app, IAgentCatalog catalog, TimeProvider time)
{
    private readonly JsonObject _details = Describe(app, catalog);

    /// <summary>Appends an entry when the configuration differs from the last one on record. Processes that start together make one entry.</summary>
    public async Task NoteAsync(CancellationToken cancellationToken)
    {
        var latest = await audit.ListAsync(new AuditQuery(AuditKinds.ConfigurationChanged, Limit: 1), cancellationToken);
        var known = latest.Items.Count == 0 ? null : latest.Items[0];
        if (known is not null && JsonNode.DeepEquals(JsonNode.Parse(known.DetailsJson), _details))
            return;
        await audit.AppendAsync(
            new AuditEntry
            {
                Kind = AuditKinds.ConfigurationChanged,
                At = time.GetUtcNow(),
                Actor = "system",
                Details = (JsonObject)_details.DeepClone(),
                Key = $"config:{known?.Sequence ?? 0}:{AuditChain.Fingerprint(_details.ToJsonString(AgentJson.Options))}",
            },
            cancellationToken);
    }

    private static JsonObject Describe(AppConfiguration app, IAgentCatalog catalog)
    {
        var agents = new JsonObject();
        foreach (var agent in catalog.Agents.OrderBy(a => a.Name, StringComparer.Ordinal))
            agents[agent.Name] = agent.Hash;
        return new JsonObject
        {
            ["file"] = Path.GetFileName(app.Path),
            ["file_sha256"] = app.Path is { } path && File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : null,
            ["agents"] = agents,
        };
    }
}
