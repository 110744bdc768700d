// The beginning of a step: whether it runs, what it is asked, which way it goes.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Workflows;

/// <summary>What the BeginStep and TestLoop activities do. Safe to repeat: what was found out first stands.</summary>
public sealed class StepStarter(IRunStore runs, DefinitionResolver definitions, StepTests tests, TimeProvider time)
{
    /// <summary><see cref="StepDecision.Choice"/> of a condition that holds.</summary>
    public const string Then = "then";

    public const string Else = "else";

    public async Task<StepDecision> BeginAsync(StepAttempt step, CancellationToken cancellationToken)
    {
        if (await runs.GetResultAsync(step.RunId, step.BegunKey, cancellationToken) is { } known)
            return AgentJson.Deserialize<StepBegun>(known).Decision;
        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        var definition = await DefinitionAsync(run, step, cancellationToken);
        var begun = await EvaluateAsync(run, step, definition, cancellationToken);
        var committed = await runs.CommitAsync(new RunCommit(run.RunId, step.BegunKey, AgentJson.Serialize(begun))
        {
            Messages = MessagesOf(begun, definition),
            Events = begun.Decision.Ended == StepStatus.Skipped ? [] : [StepEvents.Started(begun, definition)],
            Change = current => current.IsFinished ? current : current with { Steps = Math.Max(current.Steps, step.Number) },
        }, cancellationToken);
        return AgentJson.Deserialize<StepBegun>(committed.ResultJson).Decision;
    }

    /// <summary>Tells of the round that ended and the one that begins.</summary>
    public async Task<RoundDecision> TestAsync(LoopRound round, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(round.Loop.RunId, cancellationToken);
        if (await runs.GetResultAsync(run.RunId, round.Key, cancellationToken) is { } known)
            return AgentJson.Deserialize<RoundDecision>(known);
        var definition = await DefinitionAsync(run, round.Loop, cancellationToken);
        var decision = await DecideAsync(run, round, definition, cancellationToken);
        var committed = await runs.CommitAsync(new RunCommit(run.RunId, round.Key, AgentJson.Serialize(decision))
        {
            Events = [.. StepEvents.Rounds(round, decision, time.GetUtcNow())],
        }, cancellationToken);
        return AgentJson.Deserialize<RoundDecision>(committed.ResultJson);
    }

    /// <summary>What a member is asked.</summary>
    internal static async Task<string> InputAsync(IRunStore runs, StepAttempt step, CancellationToken cancellationToken)
    {
        var begun = AgentJson.Deserialize<StepBegun>((await runs.GetResultAsync(step.RunId, step.BegunKey, cancellationToken))!);
        return Template.TextOf(JsonSerializer.SerializeToElement(begun.Input));
    }

    private async Task<WorkflowStep> DefinitionAsync(RunRecord run, StepAttempt step, CancellationToken cancellationToken)
    {
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        return agent.Workflow!.Step(step.StepId);
    }

    private async Task<RoundDecision> DecideAsync(RunRecord run, LoopRound round, WorkflowStep loop, CancellationToken cancellationToken)
    {
        try
        {
            if (round.Iteration == 0)
                return new RoundDecision(GoesOn: true);
            var state = await WorkflowState.ReadAsync(runs, run, round.Iteration, cancellationToken);
            var ends = loop.Test is { } until && await tests.HoldsAsync(until, round.Loop, state, cancellationToken);
            return new RoundDecision(GoesOn: !ends && round.Iteration < loop.MaxIterations);
        }
        catch (StepException e)
        {
            return new RoundDecision(GoesOn: false, e.Error);
        }
    }

    private async Task<StepBegun> EvaluateAsync(RunRecord run, StepAttempt step, WorkflowStep definition, CancellationToken cancellationToken)
    {
        var begun = new StepBegun(step, definition.Kind, Input: null, new StepDecision(), time.GetUtcNow());
        if (StepAddress.IsFallback(step.Address))
            return begun;
        var state = await WorkflowState.ReadAsync(runs, run, step.Iteration, cancellationToken);
        try
        {
            if (definition.When is { } when && !await tests.HoldsAsync(when, step, state, cancellationToken))
                return begun with { Decision = new StepDecision(StepStatus.Skipped) };
            var choice = await ChoiceAsync(definition, step, state, cancellationToken);
            return begun with { Input = InputOf(definition, state), Decision = new StepDecision(Choice: choice) };
        }
        catch (StepException e)
        {
            return begun with { Decision = new StepDecision(StepStatus.Error, Error: e.Error) };
        }
    }

    private async Task<string?> ChoiceAsync(WorkflowStep definition, StepAttempt step, JsonElement state, CancellationToken cancellationToken)
    {
        if (definition.Kind == StepKind.Condition)
            return await tests.HoldsAsync(definition.Test!, step, state, cancellationToken) ? Then : Else;
        if (definition.Kind != StepKind.Router)
            return null;
        var chosen = await tests.ChooseAsync(definition.Test!, step, state, cancellationToken);
        var route = definition.Routes.FirstOrDefault(r => !r.IsDefault && string.Equals(r.Name, chosen, StringComparison.OrdinalIgnoreCase))
            ?? definition.Routes.FirstOrDefault(r => r.IsDefault);
        return route?.Name ?? throw new StepException(new RunError(RunErrorCodes.InvalidConfig,
            $"The router chose '{Shortened(chosen)}', which is none of its routes ({string.Join(", ", definition.Routes.Select(r => r.Name))}), and it has no default."));
    }

    private static JsonNode? InputOf(WorkflowStep definition, JsonElement state) => definition switch
    {
        { Arguments: { } arguments } => Template.Fill(JsonNode.Parse(arguments.GetRawText()), state),
        { Input: { } input } => JsonValue.Create(Template.Fill(input, state)),
        { Kind: StepKind.Agent or StepKind.Function } => JsonValue.Create(Template.TextOf(state.GetProperty("input"))),
        { Kind: StepKind.Tool } => new JsonObject(),
        _ => null,
    };

    // ExecuteTool finds its arguments where every tool call's are: in a message.
    private static IReadOnlyList<NewMessage> MessagesOf(StepBegun begun, WorkflowStep definition)
    {
        if (begun is not { Kind: StepKind.Tool, Decision.Ended: null } || StepAddress.IsFallback(begun.Step.Address))
            return [];
        var part = new MessagePart
        {
            Type = MessagePart.ToolCallType,
            Id = StepAddress.CallId(begun.Step.Address),
            Name = definition.Target,
            Arguments = JsonSerializer.SerializeToElement(begun.Input),
        };
        var message = new Message { Role = "assistant", Parts = [part], FinishReason = "tool_call" };
        return [new NewMessage(begun.Step.BegunKey, begun.Step.Number, message, begun.StartedAt)];
    }

    private static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
