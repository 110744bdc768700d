// The hooks around a tool call.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Tools;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Hooks;

/// <summary>Called by ExecuteTool. Without hooks at a point, nothing is done there.</summary>
public sealed class ToolHooks(AgentHooks hooks, IRunStore runs, RunTracer tracer, TimeProvider time, ILogger<ToolHooks> logger)
{
    /// <summary>Begins the hooks of one call; what an earlier delivery decided stands.</summary>
    internal async Task<HookedToolCall> BeginAsync(HookedTool tool, CancellationToken cancellationToken)
    {
        var calls = new HookCalls(tool.Run, tool.Step.Step, RunTrace.ToolPath(tool.Step.Step, tool.Step.CallId), time, logger);
        var call = new HookedToolCall(hooks, calls, tool, await DecideAsync(calls, tool, cancellationToken));
        return call;
    }

    /// <summary>Emits the spans of hooks whose call is stored.</summary>
    internal void Trace(RunRecord run, AgentDefinition agent, ToolStepResult result)
    {
        foreach (var hook in result.Hooks ?? [])
            tracer.Emit(run, HookSpans.Of(run, agent, hook));
    }

    private async Task<ToolDecision> DecideAsync(HookCalls calls, HookedTool tool, CancellationToken cancellationToken)
    {
        var observers = hooks.At(tool.Agent.Name, HookPoints.ToolCallStart);
        var interceptors = tool.IsKnown ? hooks.At(tool.Agent.Name, HookPoints.BeforeToolExecute) : [];
        if (observers.Length + interceptors.Length == 0)
            return ToolDecision.AsAsked;
        if (await runs.GetResultAsync(tool.Run.RunId, tool.Step.BeforeKey, cancellationToken) is { } known)
            return Restored(calls, known);

        var info = new ToolCallStartInfo(tool.Run, tool.Step.CallId, tool.Step.Tool, tool.Step.Step, tool.Arguments);
        await calls.ObserveAsync(observers, HookPoints.ToolCallStart, hook => hook.OnToolCallStartAsync(info, cancellationToken), cancellationToken);
        var decision = await AskAsync(interceptors, calls, tool, cancellationToken) with { Hooks = calls.Facts };
        var outcome = await runs.CommitAsync(new RunCommit(tool.Run.RunId, tool.Step.BeforeKey, AgentJson.Serialize(decision)), cancellationToken);
        return outcome.Committed ? decision : AgentJson.Deserialize<ToolDecision>(outcome.ResultJson);
    }

    private static ToolDecision Restored(HookCalls calls, string json)
    {
        var decision = AgentJson.Deserialize<ToolDecision>(json);
        calls.Add(decision.Hooks);
        return decision;
    }

    private static async Task<ToolDecision> AskAsync(NamedHook[] chain, HookCalls calls, HookedTool tool, CancellationToken cancellationToken)
    {
        var decision = ToolDecision.AsAsked;
        foreach (var hook in chain)
        {
            var info = new BeforeToolInfo(tool.Run, tool.Step.CallId, tool.Step.Tool, tool.Step.Step, decision.Input ?? tool.Arguments);
            var (answer, failure) = await calls.AskAsync(
                hook, HookPoints.BeforeToolExecute, h => h.OnBeforeToolExecuteAsync(info, cancellationToken), cancellationToken);
            // What the hook was there to prevent, nobody knows: the tool does not run.
            if (failure is not null)
                return new ToolDecision { Instead = new ToolOutcome(null, ToolDecision.FailedCode, $"The call was not made: the hook '{hook.Name}' failed.") };
            if (answer is { Skip: true })
                return Skip(calls, answer);
            decision = Override(calls, decision, answer);
        }

        return decision;
    }

    private static ToolDecision Skip(HookCalls calls, BeforeToolResult answer)
    {
        calls.Note(facts => facts with { ModifiedOutput = true, Effect = "skip" });
        return new ToolDecision
        {
            Skipped = true,
            Instead = answer.Error is { } error
                ? new ToolOutcome(null, ToolDecision.SkippedCode, error)
                : new ToolOutcome(answer.Result ?? System.Text.Json.JsonSerializer.SerializeToElement("")),
        };
    }

    private static ToolDecision Override(HookCalls calls, ToolDecision decision, BeforeToolResult? answer)
    {
        if (answer is null)
            return decision;
        if (answer.Input is not null)
            calls.Note(facts => facts with { ModifiedInput = true });
        return decision with
        {
            Input = answer.Input ?? decision.Input,
            TimeoutSeconds = answer.TimeoutSeconds ?? decision.TimeoutSeconds,
            Context = answer.Context is null ? decision.Context : Merged(decision.Context, answer.Context),
        };
    }

    private static Dictionary<string, string> Merged(IReadOnlyDictionary<string, string>? earlier, IReadOnlyDictionary<string, string> later)
    {
        var merged = new Dictionary<string, string>(earlier ?? new Dictionary<string, string>());
        foreach (var (key, value) in later)
            merged[key] = value;
        return merged;
    }
}
