using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>Reads what the management API tells of an instance.</summary>
internal static class Sights
{
    public static Sight Read(string json)
    {
        var instance = JsonNode.Parse(json)!;
        return new Sight(
            (string)instance["runtimeStatus"]!,
            instance["output"]?.Deserialize<JsonElement>(),
            instance["historyEvents"] is JsonArray history ? [.. history.Select(RecordedStep).OfType<string>()] : null);
    }

    public static string NameOf(int rank, int branch) => $"{rank}/{branch}";

    private static string? RecordedStep(JsonNode? item)
    {
        if ((string?)item!["EventType"] != "TaskCompleted")
            return null;
        var step = JsonSerializer.Deserialize<Step>((string)item["Input"]!)!;
        return NameOf(step.Rank, step.Branch);
    }
}
