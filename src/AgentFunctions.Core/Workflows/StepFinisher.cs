// The end of a step: its output gathered from where its work left it, told and traced, all under one key.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Workflows;

/// <summary>What the EndStep activity does. Safe to repeat: a step ends once.</summary>
public sealed class StepFinisher(IRunStore runs, DefinitionResolver definitions, StepPersons persons, RunTracer tracer, TimeProvider time)
{
    public async Task EndAsync(StepEnd end, CancellationToken cancellationToken)
    {
        var step = end.Step;
        if (await runs.GetResultAsync(step.RunId, step.Key, cancellationToken) is not null)
            return;
        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        var begun = AgentJson.Deserialize<StepBegun>((await runs.GetResultAsync(run.RunId, step.BegunKey, cancellationToken))!);
        var result = ResultOf(end, begun, await OutputAsync(end, begun, cancellationToken));
        var committed = await runs.CommitAsync(new RunCommit(run.RunId, step.Key, AgentJson.Serialize(result))
        {
            Events = [StepEvents.Ended(result)],
            Change = current => current.IsFinished ? current : WithUsage(current, end.Member),
        }, cancellationToken);
        if (!committed.Committed)
            return;
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        foreach (var span in StepSpans.Of(run, agent, result))
            tracer.Emit(run, span);
    }

    private StepResult ResultOf(StepEnd end, StepBegun begun, JsonNode? output) => new()
    {
        Step = end.Step,
        Kind = begun.Kind,
        Status = end.Status,
        Input = begun.Input,
        Output = output,
        Choice = begun.Decision.Choice,
        Error = end.Error,
        MemberRunId = end.Member?.RunId,
        StartedAt = begun.StartedAt,
        EndedAt = time.GetUtcNow(),
    };

    private async Task<JsonNode?> OutputAsync(StepEnd end, StepBegun begun, CancellationToken cancellationToken) => begun.Kind switch
    {
        // Also a no says something: the steps that follow, or are done again, can read the note.
        StepKind.Human when end.Within.Count == 0 => await persons.OutputAsync(end.Step, cancellationToken),
        _ when end.Status != StepStatus.Completed => null,
        _ when StepAddress.IsFallback(end.Step.Address) => await LastOutputAsync(end, cancellationToken),
        StepKind.Agent => WorkflowState.OfText((await runs.RequireAsync(end.Member!.RunId, cancellationToken)).Content ?? ""),
        StepKind.Tool => await ToolResultAsync(end.Step, cancellationToken),
        StepKind.Function => await FunctionOutputAsync(end.Step, cancellationToken),
        StepKind.Set => begun.Input?.DeepClone(),
        StepKind.Parallel => await OutputsAsync(end, cancellationToken),
        _ => await LastOutputAsync(end, cancellationToken),
    };

    private async Task<JsonNode?> ToolResultAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        var callId = StepAddress.CallId(step.Address);
        var messages = await runs.GetMessagesAsync(step.RunId, cancellationToken);
        var response = messages.SelectMany(m => m.Message.Parts).First(p => p.Type == MessagePart.ToolResponseType && p.Id == callId).Response;
        return response is { } json ? JsonNode.Parse(json.GetRawText()) : null;
    }

    private async Task<JsonNode?> FunctionOutputAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        var stored = await runs.GetResultAsync(step.RunId, FunctionResult.KeyOf(step), cancellationToken);
        return AgentJson.Deserialize<FunctionResult>(stored!).Output;
    }

    // Branches that were skipped have no output.
    private async Task<JsonNode?> OutputsAsync(StepEnd end, CancellationToken cancellationToken)
    {
        var outputs = new JsonObject();
        foreach (var address in end.Within)
        {
            if (await WithinAsync(end, address, cancellationToken) is { Status: StepStatus.Completed } result)
                outputs[result.Step.StepId] = result.Output?.DeepClone();
        }

        return outputs;
    }

    private async Task<JsonNode?> LastOutputAsync(StepEnd end, CancellationToken cancellationToken) =>
        end.Within.Count == 0 ? null : (await WithinAsync(end, end.Within[^1], cancellationToken)).Output?.DeepClone();

    private async Task<StepResult> WithinAsync(StepEnd end, string address, CancellationToken cancellationToken) =>
        AgentJson.Deserialize<StepResult>((await runs.GetResultAsync(end.Step.RunId, StepResult.KeyPrefix + address, cancellationToken))!);

    private static RunRecord WithUsage(RunRecord run, RunOutcome? member) => member is null ? run : run with
    {
        Usage = run.Usage + member.Usage,
        CostUsd = Money.Sum(run.CostUsd, member.CostUsd),
        UnpricedCalls = run.UnpricedCalls + member.UnpricedCalls,
    };
}
