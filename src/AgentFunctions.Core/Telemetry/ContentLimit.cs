// Makes content shorter inside its structure, so that what a back end's limit leaves of it is still readable JSON.
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Telemetry;

/// <summary>
/// Cuts one content attribute to a number of characters. Pure; what fits already comes back as it is, so cutting twice
/// changes nothing.
/// </summary>
internal static class ContentLimit
{
    /// <summary>The smallest limit that leaves room for a marker and some text.</summary>
    public const int Min = 64;

    private static readonly JavaScriptEncoder _encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The text's beginning with <c>…[+N characters]</c> for what was cut.</summary>
    public static string Text(string text, int max) => text.Length <= max ? text : Cut(text, kept => kept.Length <= max);

    /// <summary>Any JSON: its longest texts are cut first; when that is not enough it becomes a JSON string with its own beginning.</summary>
    public static string Json(string json, int max)
    {
        if (json.Length <= max)
            return json;
        var texts = Texts.Read(json);
        return texts?.Fit(max, texts.LongestFirst) ?? Quote(Cut(json, kept => Quote(kept).Length <= max));
    }

    /// <summary>
    /// A list in the conventions' shapes: the texts of the oldest messages are cut first; when that is not enough their
    /// contents go and the roles stay, and at last the oldest messages go.
    /// </summary>
    public static string Messages(string json, int max)
    {
        if (json.Length <= max)
            return json;
        var texts = Texts.Read(json);
        return texts?.Fit(max, texts.OldestFirst) ?? Skeletons(json, max) ?? "[]";
    }

    // The newest message keeps its contents longest: it is what the others led to.
    private static string? Skeletons(string json, int max)
    {
        if (!TryParseList(json, out var items))
            return null;
        // Of the brackets, and of each item with its comma.
        var length = 1 + items.Sum(i => i.Length + 1);
        for (var i = 0; i < items.Count - 1 && length > max; i++)
        {
            var skeleton = Skeleton(items[i]);
            length -= items[i].Length - skeleton.Length;
            items[i] = skeleton;
        }

        var gone = 0;
        while (gone < items.Count - 1 && length > max)
            length -= items[gone++].Length + 1;
        if (length > max)
            return Last(items[^1], max);
        return $"[{string.Join(',', items.Skip(gone))}]";
    }

    private static string Last(string item, int max)
    {
        var texts = Texts.Read($"[{item}]")!;
        var cut = texts.Fit(max, texts.LongestFirst) ?? $"[{Skeleton(item)}]";
        return cut.Length <= max ? cut : "[]";
    }

    private static bool TryParseList(string json, out List<string> items)
    {
        items = [];
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Array)
                items = [.. document.RootElement.EnumerateArray().Select(e => e.GetRawText())];
        }
        catch (JsonException)
        {
            return false;
        }

        return items.Count > 0;
    }

    // What a message is, without what was said.
    private static string Skeleton(string item)
    {
        using var document = JsonDocument.Parse(item);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            return "{}";
        var kept = document.RootElement.EnumerateObject()
            .Where(m => m.Name is "role" or "type" or "name" or "finish_reason" && m.Value.ValueKind == JsonValueKind.String)
            .Select(m => $"\"{m.Name}\":{m.Value.GetRawText()}");
        var parts = document.RootElement.TryGetProperty("parts", out _) ? ["\"parts\":[]"] : Array.Empty<string>();
        return $"{{{string.Join(',', kept.Concat(parts))}}}";
    }

    private static string Quote(string text) => $"\"{_encoder.Encode(text)}\"";

    // The longest beginning that, with its marker, is good; only the marker when none is.
    private static string Cut(string text, Func<string, bool> isGood)
    {
        var (low, high) = (0, text.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (isGood(Marked(text, middle)))
                low = middle;
            else
                high = middle - 1;
        }

        return Marked(text, low);
    }

    private static string Marked(string text, int length)
    {
        // A pair of surrogates is one character to people and to UTF-8.
        if (length > 0 && char.IsHighSurrogate(text[length - 1]))
            length--;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, length)}…[+{text.Length - length} characters]");
    }

    /// <summary>The texts of one JSON value in their order, without those that are structure.</summary>
    private sealed class Texts(string json, List<string> items)
    {
        public static Texts? Read(string json)
        {
            var items = new List<string>();
            var compact = JsonStrings.Rewrite(json, (place, text) =>
            {
                if (IsText(place))
                    items.Add(text);
                return text;
            });
            return compact is null ? null : new Texts(compact, items);
        }

        public IEnumerable<int> OldestFirst => Enumerable.Range(0, items.Count);

        public IEnumerable<int> LongestFirst => OldestFirst.OrderByDescending(i => items[i].Length);

        /// <summary>Null when cutting texts alone is not enough.</summary>
        public string? Fit(int max, IEnumerable<int> order)
        {
            var excess = json.Length - max;
            foreach (var i in order)
            {
                if (excess <= 0)
                    break;
                var length = _encoder.Encode(items[i]).Length;
                var cut = Cut(items[i], kept => _encoder.Encode(kept).Length <= length - excess);
                var saved = length - _encoder.Encode(cut).Length;
                if (saved <= 0)
                    continue;
                (items[i], excess) = (cut, excess - saved);
            }

            return excess > 0 ? null : Write();
        }

        private string Write()
        {
            var next = 0;
            return JsonStrings.Rewrite(json, (place, text) => IsText(place) ? items[next++] : text)!;
        }

        private static bool IsText(JsonPlace place) => place.Token == JsonToken.Text && !MessageStructure.Has(place);
    }
}
