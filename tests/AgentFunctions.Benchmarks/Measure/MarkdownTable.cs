using System.Text;

namespace AgentFunctions.Benchmarks.Measure;

/// <summary>What was measured as tables for the documentation, under a line that says when and on what.</summary>
internal static class MarkdownTable
{
    public static string Of(IEnumerable<Measured> all)
    {
        var text = new StringBuilder($"Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {Report.MachineLine()}.\n");
        foreach (var table in all.GroupBy(measured => string.Join(" | ", measured.Grid.Columns), measured => measured.Grid.Rows))
        {
            text.Append($"\n| {table.Key} |\n|{string.Concat(table.First()[0].Select(_ => "---|"))}\n");
            foreach (var row in table.SelectMany(rows => rows))
                text.Append($"| {string.Join(" | ", row)} |\n");
        }

        return text.ToString();
    }
}
