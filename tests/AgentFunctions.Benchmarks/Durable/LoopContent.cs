using System.Text.Json;

namespace AgentFunctions.Benchmarks.Durable;

/// <summary>What model and tool answer in the loop. The peers read the same file.</summary>
/// <param name="Model">About 600 bytes.</param>
/// <param name="Tool">About 300 bytes.</param>
internal sealed record LoopContent(string Model, string Tool)
{
    public static LoopContent Load()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "peers", "content.json"));
        return JsonSerializer.Deserialize<LoopContent>(file, JsonSerializerOptions.Web)!;
    }

    /// <summary>What step number <paramref name="step"/> of a run returns.</summary>
    public string Of(int step) => step % 2 == 0 ? Model : Tool;
}
