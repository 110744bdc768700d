// What a search gives: the tool's result as the model reads it, and as its span is built from it.
using System.Text.Json;
using AgentFunctions.Agents;

namespace AgentFunctions.Tools.Retrieval;

/// <param name="Documents">Best first.</param>
public sealed record FoundDocuments(IReadOnlyList<FoundDocument> Documents)
{
    /// <summary>Null for a result of another shape, for example one that a hook has replaced.</summary>
    public static FoundDocuments? Read(JsonElement? result)
    {
        try
        {
            return result is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("documents", out _) ? json.Deserialize<FoundDocuments>(AgentJson.Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <param name="Id"><c>{path}#{number of the part}</c></param>
/// <param name="Title">The file's first heading, or its name.</param>
/// <param name="Path">Below the folder, with forward slashes.</param>
/// <param name="Text">The part that was found.</param>
/// <param name="Score">BM25, greater is better; comparable within one search only.</param>
public sealed record FoundDocument(string Id, string Title, string Path, string Text, double Score);
