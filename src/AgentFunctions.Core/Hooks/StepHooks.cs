// The hooks around a step's model call, and the one before the step.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Hooks;

/// <summary>What the hooks before a step decided, stored under <see cref="Key"/>: once per step, whatever is tried again.</summary>
public sealed record StepDecision(int Step, bool Stop, IReadOnlyList<HookFacts>? Hooks)
{
    public const string KeyPrefix = "before_step:";

    public static string Key(int step) => $"{KeyPrefix}{step}";
}

/// <summary>Called by CallModel. Without hooks at a point, nothing is done there.</summary>
public sealed class StepHooks(AgentHooks hooks, IRunStore runs, RunTracer tracer, TimeProvider time, ILogger<StepHooks> logger)
{
    /// <summary>Asks OnBeforeStep, from the second step on, and stores the messages that it adds.</summary>
    /// <returns>True when the run shall end before the step.</returns>
    public async Task<bool> StopsBeforeAsync(ModelStep step, RunRecord run, AgentDefinition agent, CancellationToken cancellationToken)
    {
        if (step.Step < 2 || hooks.At(agent.Name, HookPoints.BeforeStep) is not { Length: > 0 } chain)
            return false;
        if (await runs.GetResultAsync(run.RunId, StepDecision.Key(step.Step), cancellationToken) is { } known)
            return AgentJson.Deserialize<StepDecision>(known).Stop;

        var calls = new HookCalls(run, step.Step, RunTrace.RootPath, time, logger);
        var (stop, extra) = await AskAsync(chain, calls, step, cancellationToken);
        var decision = new StepDecision(step.Step, stop, calls.Facts);
        var outcome = await runs.CommitAsync(new RunCommit(run.RunId, StepDecision.Key(step.Step), AgentJson.Serialize(decision))
        {
            // Of the step before: what this step is sent is everything before it.
            Messages = [.. extra.Select((message, index) => new NewMessage($"hook:{step.Step}:{index}", step.Step - 1, message, time.GetUtcNow()))],
        }, cancellationToken);
        if (outcome.Committed)
            Trace(run, agent, decision.Hooks);
        return AgentJson.Deserialize<StepDecision>(outcome.ResultJson).Stop;
    }

    /// <summary>Begins the hooks of one attempt to call the model.</summary>
    internal HookCalls Begin(ModelCall call) =>
        new(call.Run, call.Step.Step, RunTrace.ChatPath(call.Step.Step, call.Step.Attempt), time, logger);

    internal Task RequestAsync(HookCalls calls, ModelCall call, CancellationToken cancellationToken)
    {
        var chain = hooks.At(call.Agent.Name, HookPoints.Request);
        if (chain.Length == 0)
            return Task.CompletedTask;
        var prompt = new Message { Role = "system", Parts = [MessagePart.OfText(call.Agent.Prompt)] };
        var info = new RequestInfo(
            call.Run, call.Step.Step, call.Step.Attempt, call.Agent.Model.Model, call.Agent.Tools.Count, call.StartedAt, [prompt, .. call.Messages]);
        return calls.ObserveAsync(chain, HookPoints.Request, hook => hook.OnRequestAsync(info, cancellationToken), cancellationToken);
    }

    /// <param name="answer">Null when the attempt failed.</param>
    /// <returns>The result with the hooks that were called.</returns>
    internal async Task<ModelStepResult> ResponseAsync(
        HookCalls calls, ModelCall call, ModelStepResult result, Message? answer, CancellationToken cancellationToken)
    {
        var response = new ResponseInfo(
            call.Run, result.Step, result.Attempt, result.EndedAt - result.StartedAt, result.Usage, result.FinishReason, result.Error, result.HttpStatus);
        await calls.ObserveAsync(hooks.At(call.Agent.Name, HookPoints.Response), HookPoints.Response,
            hook => hook.OnResponseAsync(response, cancellationToken), cancellationToken);
        if (answer is not null)
        {
            var finished = new StepFinishInfo(call.Run, result.Step, answer, result);
            await calls.ObserveAsync(hooks.At(call.Agent.Name, HookPoints.StepFinish), HookPoints.StepFinish,
                hook => hook.OnStepFinishAsync(finished, cancellationToken), cancellationToken);
        }

        return result with { Hooks = calls.Facts };
    }

    /// <summary>Emits the spans of hooks whose step is stored.</summary>
    internal void Trace(RunRecord run, AgentDefinition agent, IReadOnlyList<HookFacts>? called)
    {
        foreach (var hook in called ?? [])
            tracer.Emit(run, HookSpans.Of(run, agent, hook));
    }

    private async Task<(bool Stop, List<Message> Extra)> AskAsync(NamedHook[] chain, HookCalls calls, ModelStep step, CancellationToken cancellationToken)
    {
        var messages = (await runs.GetMessagesAsync(step.RunId, cancellationToken)).Select(m => m.Message).ToList();
        var extra = new List<Message>();
        foreach (var hook in chain)
        {
            var info = new BeforeStepInfo(calls.Run, step.Step, [.. messages, .. extra]);
            var (answer, _) = await calls.AskAsync(hook, HookPoints.BeforeStep, h => h.OnBeforeStepAsync(info, cancellationToken), cancellationToken);
            if (answer is null)
                continue;
            if (answer.Stop)
            {
                calls.Note(facts => facts with { Effect = "stop" });
                return (true, []);
            }

            if (answer.ExtraMessages.Count > 0)
                calls.Note(facts => facts with { ModifiedInput = true, Effect = "add_messages" });
            extra.AddRange(answer.ExtraMessages);
        }

        return (false, extra);
    }
}
