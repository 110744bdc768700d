// The steps of a run as the API lists them: each attempt with those within it.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

/// <summary>Reads what is stored of a run's steps; of a run that is no workflow's there are none.</summary>
public static class StepTree
{
    /// <summary>
    /// In the order of their beginnings: <c>{id, kind, status, path, index, attempt, iteration?, input?, output?, error?,
    /// member_run_id?, started_at, ended_at?, duration?, steps: […]}</c>. What is under way has the status <c>running</c>.
    /// </summary>
    public static JsonArray Of(IReadOnlyList<RunResult> results)
    {
        var ended = WorkflowState.ResultsIn(results).ToDictionary(result => result.Step.Address);
        var (top, nodes) = (new JsonArray(), new Dictionary<string, JsonArray>());
        foreach (var begun in BegunIn(results))
        {
            var within = new JsonArray();
            var node = Node(begun, ended.GetValueOrDefault(begun.Step.Address));
            node["steps"] = within;
            nodes[begun.Step.Address] = within;
            (StepAddress.Parent(begun.Step.Address) is { } parent && nodes.TryGetValue(parent, out var around) ? around : top).Add((JsonNode)node);
        }

        return top;
    }

    private static IEnumerable<StepBegun> BegunIn(IReadOnlyList<RunResult> results) => results
        .Where(r => r.Key.StartsWith(StepBegun.KeyPrefix, StringComparison.Ordinal))
        .Select(r => AgentJson.Deserialize<StepBegun>(r.ResultJson))
        .OrderBy(begun => begun.Step.Number);

    private static JsonObject Node(StepBegun begun, StepResult? ended)
    {
        var node = new JsonObject
        {
            ["id"] = begun.Step.StepId,
            ["kind"] = AgentJson.Word(begun.Kind),
            ["status"] = ended is null ? "running" : AgentJson.Word(ended.Status),
            ["path"] = begun.Step.Address,
            ["index"] = begun.Step.Index,
            ["attempt"] = begun.Step.Attempt,
            ["iteration"] = begun.Step.Iteration,
            ["choice"] = begun.Decision.Choice,
            ["input"] = begun.Input?.DeepClone(),
            ["output"] = ended?.Output?.DeepClone(),
            ["member_run_id"] = ended?.MemberRunId,
            ["started_at"] = begun.StartedAt,
            ["ended_at"] = ended?.EndedAt,
            ["duration"] = (ended?.EndedAt - begun.StartedAt)?.TotalSeconds,
        };
        if (ended?.Error is { } error)
            node["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message, ["details"] = error.Details?.DeepClone() };
        return node;
    }
}
