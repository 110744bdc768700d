// The pre- and post-hooks that a run waits for: called in order, their verdict stored once.
using AgentFunctions.Agents;
using AgentFunctions.Output;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Logging;
using AgentFunctions.Telemetry.Spans;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Hooks;

/// <summary>What the activities CheckInput and CheckOutput do. A verdict that an earlier delivery stored stands.</summary>
public sealed partial class RunCheckRunner(
    IRunStore runs, DefinitionResolver definitions, RunHookCatalog hooks, RunTracer tracer, TimeProvider time, ILogger<RunCheckRunner> logger)
{
    public async Task<RunCheckOutcome> RunAsync(RunCheck check, CancellationToken cancellationToken)
    {
        if (await runs.GetResultAsync(check.RunId, check.Key, cancellationToken) is { } known)
            return new RunCheckOutcome(AgentJson.Deserialize<RunCheckResult>(known).Error);

        var run = await BeginAsync(check, cancellationToken);
        using var scope = logger.BeginRun(run);
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var text = check.Point == HookPoints.PreRun ? run.Input : await runs.LastTextAsync(run.RunId, cancellationToken) ?? "";
        var calls = await CallAsync(check.Point, agent, run, text, cancellationToken);
        return await CommitAsync(check, run, agent, calls, cancellationToken);
    }

    // The hooks are part of the run, so its time begins with them.
    private async Task<RunRecord> BeginAsync(RunCheck check, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await runs.CommitAsync(new RunCommit(check.RunId, $"begun:{check.Key}", AgentJson.Serialize(new WorkBegun(now)))
        {
            Change = run => run.IsFinished ? run : run with
            {
                Status = RunStatus.Running,
                StartedAt = run.StartedAt ?? now,
                SessionPosition = check.SessionPosition == 0 ? null : check.SessionPosition,
            },
        }, cancellationToken);
        return await runs.RequireAsync(check.RunId, cancellationToken);
    }

    private async Task<List<RunHookCall>> CallAsync(string point, AgentDefinition agent, RunRecord run, string text, CancellationToken cancellationToken)
    {
        var tools = point == HookPoints.PostRun ? await runs.ToolCallsAsync(run.RunId, cancellationToken) : [];
        var calls = new List<RunHookCall>();
        foreach (var hook in agent.HooksAt(point))
        {
            var started = RunHookCall.StartedEvent(hook, point, time.GetUtcNow());
            await runs.AppendEventsAsync(run.RunId, calls is [.., var before] ? [before.CompletedEvent(), started] : [started], cancellationToken);
            var call = await CallAsync(hook, new RunHookContext(hook.Name, point, run, text) { ToolCalls = tools }, cancellationToken);
            calls.Add(call);
            if (call.Refusal() is not null)
                break;
            text = call.Verdict?.Text ?? text;
        }

        return calls;
    }

    private async Task<RunHookCall> CallAsync(HookDefinition hook, RunHookContext context, CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        try
        {
            var verdict = await hooks.Get(context.Point, hook).CheckAsync(context, cancellationToken);
            return new RunHookCall(hook, context.Point, verdict, null, start, time.GetUtcNow());
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFailed(e, hook.Name, context.Point, context.Run.RunId);
            return new RunHookCall(hook, context.Point, null, e, start, time.GetUtcNow());
        }
    }

    private async Task<RunCheckOutcome> CommitAsync(
        RunCheck check, RunRecord run, AgentDefinition agent, List<RunHookCall> calls, CancellationToken cancellationToken)
    {
        var text = calls.LastOrDefault(call => call.Modifies)?.Verdict!.Text;
        var result = new RunCheckResult
        {
            Text = text,
            Error = calls.Select(call => call.Refusal()).LastOrDefault() ?? Misfit(check.Point, agent, text),
            Hooks = [.. calls.Where(call => !call.IsGuardrail).Select(call => call.ToHookFacts())],
            Guardrails = [.. calls.Where(call => call.IsGuardrail).Select(call => call.ToGuardrailFacts())],
        };
        var input = check.Point == HookPoints.PreRun ? result.Text ?? run.Input : run.Input;
        var outcome = await runs.CommitAsync(new RunCommit(run.RunId, check.Key, AgentJson.Serialize(result))
        {
            Messages = result.Error is null ? await MessagesAsync(check, run with { Input = input }, text, cancellationToken) : [],
            Events = [.. calls.Select(call => call.CompletedEvent())],
            Change = current => current.IsFinished ? current : current with { Input = input },
        }, cancellationToken);
        if (outcome.Committed)
            Trace(run with { Input = input }, agent, result);
        return new RunCheckOutcome(AgentJson.Deserialize<RunCheckResult>(outcome.ResultJson).Error);
    }

    private async Task<IReadOnlyList<NewMessage>> MessagesAsync(RunCheck check, RunRecord run, string? text, CancellationToken cancellationToken)
    {
        if (check.Point == HookPoints.PreRun)
            return [NewRun.InputMessage(run)];
        if (text is null)
            return [];
        var messages = await runs.GetMessagesAsync(run.RunId, cancellationToken);
        return CheckedAnswer.Of(messages, text, time.GetUtcNow()) is { } checkedAnswer ? [checkedAnswer] : [];
    }

    // Whoever asked for an output of a schema must not be given another text in its place.
    private static RunError? Misfit(string point, AgentDefinition agent, string? text) =>
        point == HookPoints.PostRun && text is not null && agent.Output is not null && !RunOutput.Fits(agent, text)
            ? new RunError(RunErrorCodes.OutputCheck, "What the post-hooks made of the answer does not fit the agent's output schema.")
            : null;

    private void Trace(RunRecord run, AgentDefinition agent, RunCheckResult result)
    {
        foreach (var hook in result.Hooks)
            tracer.Emit(run, HookSpans.Of(run, agent, hook));
        foreach (var guardrail in result.Guardrails)
            tracer.Emit(run, GuardrailSpans.Of(run, agent, guardrail));
    }

    [LoggerMessage(EventId = 1341, Level = LogLevel.Warning, Message = "Hook {Hook} ({Point}) of run {RunId} failed")]
    private partial void LogFailed(Exception exception, string hook, string point, string runId);
}
