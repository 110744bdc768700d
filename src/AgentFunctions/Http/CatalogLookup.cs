// Finding what a route names, with errors that tell where it is instead.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;

namespace AgentFunctions.Http;

internal static class CatalogLookup
{
    /// <summary>The definition of that kind and name.</summary>
    /// <exception cref="ApiException">404 <c>agent_not_found</c>, <c>team_not_found</c> or <c>workflow_not_found</c>.</exception>
    public static AgentDefinition Require(this IAgentCatalog catalog, RunKind kind, string name)
    {
        if (catalog.TryGet(name, out var found) && found.Kind == kind)
            return found;
        var word = AgentJson.Word(kind);
        var elsewhere = found is null ? "" : $" '{name}' is a {AgentJson.Word(found.Kind)}: use /api/v1/{AgentJson.Word(found.Kind)}s/{name}.";
        var known = catalog.Agents.Where(a => a.Kind == kind).Select(a => JsonValue.Create(a.Name));
        throw new ApiException(404, $"{word}_not_found", $"There is no {word} '{name}'.{elsewhere}", new JsonObject { [$"{word}s"] = new JsonArray([.. known]) });
    }
}
