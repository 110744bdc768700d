// What a benchmark found, in the form in which it is printed, written as JSON and put into the documentation.
using System.Text.Json;

namespace AgentFunctions.Benchmarks.Measure;

/// <summary>One measured value beside what it is compared with.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Anchor">What was measured beside it in alternating rounds; null when the value is a ratio itself.</param>
/// <param name="Ratio">The median, over the rounds, of the value divided by the anchor's.</param>
/// <param name="Aim">In words; null when the figure is for information.</param>
/// <param name="Reached">Whether the value meets the aim.</param>
internal sealed record Figure(string Name, double Value, string Unit, string? Anchor, double? Ratio, string? Aim, bool? Reached);

/// <summary>All that one benchmark measured.</summary>
/// <param name="Detail">What its JSON holds; null for the figures themselves.</param>
internal sealed record Measured(string Benchmark, IReadOnlyList<Figure> Figures, object? Detail = null)
{
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public async Task WriteAsync(string path) =>
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(Detail ?? this, Json) + "\n");
}
