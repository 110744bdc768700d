using System.Text;

namespace AgentFunctions.Benchmarks.Measure;

/// <summary>Figures as a table for the documentation, under a line that says when and on what they were measured.</summary>
internal static class MarkdownTable
{
    public static string Of(IEnumerable<Measured> all)
    {
        var text = new StringBuilder($"Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd}: {Report.MachineLine()}.\n\n");
        text.Append("| | Measured | Ratio | To | Aim | |\n|---|---|---|---|---|---|\n");
        foreach (var f in all.SelectMany(measured => measured.Figures))
            text.Append($"| {f.Name} | {Report.Text(f.Value, f.Unit)} | {(f.Ratio is { } ratio ? Report.Text(ratio, "") : "")} | {f.Anchor} | {f.Aim} | {Report.Verdict(f)} |\n");
        return text.ToString();
    }
}
