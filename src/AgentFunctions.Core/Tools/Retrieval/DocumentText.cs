// A file as title and parts: Markdown cut at headings, HTML without its tags, long texts at paragraphs.
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace AgentFunctions.Tools.Retrieval;

internal sealed partial record DocumentText(string Title, IReadOnlyList<string> Parts)
{
    /// <param name="path">Decides by its ending how the text is read.</param>
    /// <param name="text">The file's content.</param>
    /// <param name="partLength">The most characters of a part.</param>
    public static DocumentText Read(string path, string text, int partLength)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".html" or ".htm" => new DocumentText(First(HtmlTitle(), text) ?? name, Cut(Plain(text), partLength)),
            ".md" or ".markdown" => new DocumentText(First(Heading(), text) ?? name, Cut(text, partLength)),
            _ => new DocumentText(name, Cut(text, partLength)),
        };
    }

    private static List<string> Cut(string text, int length)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        foreach (var paragraph in Break().Split(text.ReplaceLineEndings("\n")).SelectMany(p => p.Trim().Chunk(length)))
        {
            var startsSection = paragraph[0] == '#' && part.Length > length / 4;
            if (startsSection || part.Length + paragraph.Length > length)
                Close();
            part.Append(part.Length > 0 ? "\n\n" : "").Append(paragraph);
        }

        Close();
        return parts;

        void Close()
        {
            if (part.Length > 0)
                parts.Add(part.ToString());
            part.Clear();
        }
    }

    private static string Plain(string html) => WebUtility.HtmlDecode(Tag().Replace(BlockEnd().Replace(Hidden().Replace(html, " "), "\n\n"), " "));

    private static string? First(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match && WebUtility.HtmlDecode(match.Groups[1].Value).Trim() is { Length: > 0 } title ? title : null;

    [GeneratedRegex(@"\n\s*\n|\n(?=#{1,6} )")]
    private static partial Regex Break();

    [GeneratedRegex(@"^#{1,6} +(.+?) *#*\r?$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("<title[^>]*>(.*?)</title>", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex HtmlTitle();

    [GeneratedRegex("<(script|style|head)\\b.*?</\\1>|<!--.*?-->", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Hidden();

    [GeneratedRegex("</(p|div|h[1-6]|li|tr|section|article)>", RegexOptions.IgnoreCase)]
    private static partial Regex BlockEnd();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
