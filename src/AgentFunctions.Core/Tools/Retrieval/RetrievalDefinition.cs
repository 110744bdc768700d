// A folder of documents that agents may search, as configured.
using System.Text.Json;

namespace AgentFunctions.Tools.Retrieval;

public sealed record RetrievalDefinition
{
    /// <summary>The most documents that one search may ask for.</summary>
    public const int MostDocuments = 50;

    public required string Name { get; init; }

    /// <summary>An existing folder; an absolute path.</summary>
    public required string Folder { get; init; }

    /// <summary>Which files below the folder, for example <c>**/*.md</c>.</summary>
    public IReadOnlyList<string> Globs { get; init; } = ["**/*.md", "**/*.markdown", "**/*.txt", "**/*.html", "**/*.htm"];

    public string Description { get; init; } = "";

    /// <summary>How many documents a search gives when the model names no number.</summary>
    public int K { get; init; } = 5;

    /// <summary>The length of the parts that files are cut into, in characters.</summary>
    public int ChunkCharacters { get; init; } = 1500;

    /// <summary>How old the last look at the folder may be when a search begins.</summary>
    public TimeSpan Refresh { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The tool <c>search_{name}</c>.</summary>
    public ToolDefinition Tool => new()
    {
        Name = $"search_{Name}",
        Description = Description.Length > 0 ? Description : $"Searches {Name} for words and gives the parts of documents that fit best.",
        Parameters = JsonSerializer.SerializeToElement(new
        {
            type = "object",
            properties = new
            {
                query = new { type = "string", minLength = 1, description = "Words to look for." },
                k = new { type = "integer", minimum = 1, maximum = MostDocuments, description = $"How many parts to give; {K} when left out." },
            },
            required = new[] { "query" },
            additionalProperties = false,
        }),
        Effect = ToolEffect.Pure,
        Retrieval = new RetrievalTool(Name, K),
    };
}

/// <summary>What a tool searches.</summary>
/// <param name="Source">The folder's name in the configuration.</param>
/// <param name="K">How many documents it gives when the model names no number.</param>
public sealed record RetrievalTool(string Source, int K);
