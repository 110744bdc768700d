// What a benchmark found, in the form in which it is printed, written as JSON and put into the documentation.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentFunctions.Benchmarks.Measure;

/// <summary>One measured value beside what it is compared with.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Anchor">What was measured beside it in alternating rounds; null when the value is a ratio itself.</param>
/// <param name="Ratio">The median, over the rounds, of the value divided by the anchor's.</param>
/// <param name="Aim">In words; null when the figure is for information.</param>
/// <param name="Reached">Whether the value meets the aim.</param>
internal sealed record Figure(string Name, double Value, string Unit, string? Anchor, double? Ratio, string? Aim, bool? Reached);

/// <summary>Values that are read side by side, as text.</summary>
internal sealed record Grid(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>All that one benchmark measured.</summary>
/// <param name="Detail">What its JSON holds; null for this record.</param>
internal sealed record Measured(string Benchmark, IReadOnlyList<Figure> Figures, object? Detail = null)
{
    /// <summary>How it is shown; one row for each figure unless it says otherwise.</summary>
    [JsonIgnore]
    public Grid Grid { get; init; } = new(
        ["", "Measured", "Ratio", "To", "Aim", ""],
        [.. Figures.Select<Figure, IReadOnlyList<string>>(f =>
        [
            f.Name, Report.Text(f.Value, f.Unit), f.Ratio is { } ratio ? Report.Text(ratio, "") : "", f.Anchor ?? "", f.Aim ?? "",
            f.Reached switch { true => "reached", false => "not reached", null => "" },
        ])]);

    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public async Task WriteAsync(string path) =>
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(Detail ?? this, Json) + "\n");
}
