// The words of AgentOS for the steps of a workflow.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Dialects;

internal static class AgentOsSteps
{
    private static readonly IEnumerable<(string, JsonObject)> _none = [];

    public static IEnumerable<(string Name, JsonObject Fields)> Of(RunEvent stored)
    {
        var status = EventSource.Text(stored.Data, "status");
        var fields = AgentOsEvents.Pick(stored, "index", "iteration", "duration", "output", "error", "path", "branch", "condition_result", "selected");
        fields["step_id"] = EventSource.Text(stored.Data, "id");
        fields["step_name"] = EventSource.Text(stored.Data, "id");
        fields["step_index"] = stored.Data["index"]?.DeepClone();
        var kind = EventSource.Text(stored.Data, "kind");
        return Family(kind) is { } family ? OfContainer(family, status, fields) : OfStep(kind, status, fields);
    }

    private static string? Family(string? kind) => kind switch
    {
        "parallel" => "ParallelExecution",
        "loop" => "LoopExecution",
        "iteration" => "LoopIteration",
        "condition" => "ConditionExecution",
        "router" => "RouterExecution",
        "sequence" or "steps" => "StepsExecution",
        _ => null,
    };

    private static IEnumerable<(string, JsonObject)> OfContainer(string family, string? status, JsonObject fields) => status switch
    {
        "started" => [(family + "Started", fields)],
        "completed" or "skipped" => [(family + "Completed", fields)],
        "error" => [("StepError", fields), (family + "Completed", (JsonObject)fields.DeepClone())],
        _ => _none,
    };

    private static IEnumerable<(string, JsonObject)> OfStep(string? kind, string? status, JsonObject fields) => status switch
    {
        "started" => [("StepStarted", fields)],
        "completed" when kind == "function" => [("StepOutput", fields), ("StepCompleted", (JsonObject)fields.DeepClone())],
        "completed" => [("StepCompleted", fields)],
        "error" => [("StepError", fields)],
        _ => _none,
    };
}
