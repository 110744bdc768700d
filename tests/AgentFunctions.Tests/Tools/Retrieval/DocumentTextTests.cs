using AgentFunctions.Tools.Retrieval;

namespace AgentFunctions.Tests.Tools.Retrieval;

/// <summary>How files are cut into the parts that are searched.</summary>
public sealed class DocumentTextTests
{
    [Fact]
    public void Markdown_is_cut_at_headings_once_a_part_has_some_length()
    {
        var text = $"# Title\n\n{new string('a', 60)}\n## Next\nmore\n\n## Last\n\nend";

        var document = DocumentText.Read("a.md", text, 200);

        Assert.Equal("Title", document.Title);
        Assert.Equal(2, document.Parts.Count);
        Assert.StartsWith("## Next\nmore", document.Parts[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_a_text_is_lost_and_no_part_is_longer_than_asked()
    {
        var words = string.Join(' ', Enumerable.Range(1, 400));
        var text = $"{words}\r\n\r\n{words}";

        var parts = DocumentText.Read("a.txt", text, 300).Parts;

        Assert.All(parts, part => Assert.InRange(part.Length, 1, 300));
        Assert.Equal($"{words}{words}".Replace(" ", ""), string.Concat(parts).ReplaceLineEndings("").Replace(" ", ""));
    }

    [Fact]
    public void Html_becomes_the_text_that_a_reader_sees()
    {
        var document = DocumentText.Read("a.htm", "<head><title>A &amp; B</title><style>p{}</style></head><!-- no --><p>one <i>two</i></p><p>three</p>", 200);

        Assert.Equal("A & B", document.Title);
        Assert.Equal(["one", "two", "three"], Assert.Single(document.Parts).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_file_without_a_heading_is_titled_by_its_name_and_an_empty_one_has_no_parts()
    {
        var document = DocumentText.Read("folder/price list.md", " \n\n ", 200);

        Assert.Equal("price list", document.Title);
        Assert.Empty(document.Parts);
    }
}
