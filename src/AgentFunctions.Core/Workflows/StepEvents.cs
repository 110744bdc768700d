// The `step` events of a workflow's stream.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

internal static class StepEvents
{
    public static NewRunEvent Started(StepBegun begun, WorkflowStep definition)
    {
        var data = Data(begun.Step, begun.Kind, "started", begun.Decision.Choice);
        if (definition.Target is { } target)
            data["target"] = target;
        return new NewRunEvent(RunEventTypes.Step, data, begun.StartedAt);
    }

    public static NewRunEvent Ended(StepResult result)
    {
        var data = Data(result.Step, result.Kind, AgentJson.Word(result.Status), result.Choice);
        data["duration"] = (result.EndedAt - result.StartedAt).TotalSeconds;
        data["output"] = result.Output?.DeepClone();
        data["member_run_id"] = result.MemberRunId;
        if (result.Error is { } error)
            data["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        return new NewRunEvent(RunEventTypes.Step, data, result.EndedAt);
    }

    /// <summary>The end of a loop's round and the beginning of the next.</summary>
    public static IEnumerable<NewRunEvent> Rounds(LoopRound round, RoundDecision decision, DateTimeOffset now)
    {
        if (round.Iteration > 0)
            yield return Round(round, round.Iteration, "completed", now);
        if (decision.GoesOn)
            yield return Round(round, round.Iteration + 1, "started", now);
    }

    private static NewRunEvent Round(LoopRound round, int iteration, string status, DateTimeOffset now) => new(RunEventTypes.Step, new JsonObject
    {
        ["id"] = round.Loop.StepId,
        ["kind"] = "iteration",
        ["status"] = status,
        ["path"] = StepAddress.Round(round.Loop.Address, iteration),
        ["depth"] = round.Loop.Depth + 1,
        ["iteration"] = iteration,
    }, now);

    private static JsonObject Data(StepAttempt step, StepKind kind, string status, string? choice)
    {
        var data = new JsonObject
        {
            ["id"] = step.StepId,
            ["kind"] = AgentJson.Word(kind),
            ["status"] = status,
            ["path"] = step.Address,
            ["index"] = step.Index,
            ["depth"] = step.Depth,
            ["attempt"] = step.Attempt,
            ["iteration"] = step.Iteration,
        };
        if (StepAddress.IsFallback(step.Address))
            data["fallback"] = true;
        if (kind == StepKind.Condition && choice is not null)
            data["condition_result"] = choice == StepStarter.Then;
        if (kind == StepKind.Router && choice is not null)
            data["selected"] = choice;
        return data;
    }
}
