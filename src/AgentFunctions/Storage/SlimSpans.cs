using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Traces;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>
/// Slim spans: what lists, summaries and statistics need of a span, without its content. Many of them are packed into one
/// row, compressed to about fifty bytes each.
/// </summary>
internal static class SlimSpans
{
    /// <summary>So few that they fit, with the longest of names, into the 1 MiB of a row.</summary>
    public const int MaxOfRow = 1_000;

    private const int PropertyBytes = 64 * 1024;

    public static SpanRecord Of(SpanRecord span) => span with
    {
        Attributes = new JsonObject(SpanFields.AttributeKeys
            .Where(span.Attributes.ContainsKey)
            .Select(key => KeyValuePair.Create(key, span.Attributes[key]?.DeepClone()))),
        StatusMessage = null,
        Events = [],
        Links = [],
        Scope = null,
    };

    /// <summary>Puts spans into a row, at most <see cref="MaxOfRow"/>.</summary>
    public static void Set(TableEntity row, IReadOnlyList<SpanRecord> spans)
    {
        foreach (var (n, bytes) in Compress(spans).Chunk(PropertyBytes).Index())
        {
            row[Property(n)] = bytes;
        }
    }

    /// <summary>The spans of a row; none when it has no spans.</summary>
    public static IReadOnlyList<SpanRecord> Get(TableEntity row)
    {
        using var packed = new MemoryStream();
        for (var n = 0; row.GetBinary(Property(n)) is { } bytes; n++)
        {
            packed.Write(bytes);
        }
        if (packed.Length == 0)
        {
            return [];
        }
        packed.Position = 0;
        using var json = new DeflateStream(packed, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<List<SpanRecord>>(json, AgentJson.Options)!;
    }

    /// <summary>True when nothing changed: unchanged spans are taken over as they are.</summary>
    public static bool AreSame(IReadOnlyList<SpanRecord> a, IReadOnlyList<SpanRecord> b) => a.SequenceEqual(b, ReferenceEqualityComparer.Instance);

    /// <summary>Whether tokens of the span are in no cost.</summary>
    public static bool LacksPrice(this SpanRecord span) => span.IsUnpriced() || (span.CostUsd() is null && span.Usage().TotalTokens > 0);

    private static byte[] Compress(IReadOnlyList<SpanRecord> spans)
    {
        using var packed = new MemoryStream();
        using (var json = new DeflateStream(packed, CompressionLevel.Fastest))
        {
            JsonSerializer.Serialize(json, spans, AgentJson.Options);
        }
        return packed.ToArray();
    }

    private static string Property(int n) => $"P{n}";
}
