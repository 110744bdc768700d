// One tool call with its hooks: what they decided before it, and how they are called after it.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tools;

namespace AgentFunctions.Hooks;

/// <param name="Call">As the model made it.</param>
internal sealed record HookedTool(ToolStep Step, RunRecord Run, AgentDefinition Agent, MessagePart Call)
{
    private static readonly JsonElement _none = JsonSerializer.SerializeToElement(new JsonObject());

    public JsonElement Arguments => Call.Arguments ?? _none;

    public bool IsKnown => Agent.Tools.Any(tool => tool.Name == Step.Tool);
}

internal sealed class HookedToolCall(AgentHooks hooks, HookCalls calls, HookedTool tool, ToolDecision decision)
{
    private JsonObject? _metadata;

    public ToolDecision Decision => decision;

    /// <summary>The call with the arguments that the tool shall get.</summary>
    public MessagePart Call => decision.Input is { } input ? tool.Call with { Arguments = input } : tool.Call;

    /// <summary>The tool with the time that the hooks give it.</summary>
    public ToolDefinition Limit(ToolDefinition definition) =>
        decision.TimeoutSeconds is { } seconds ? definition with { TimeoutSeconds = Math.Max(1, seconds) } : definition;

    /// <summary>Asks OnAfterToolExecute, in the reverse order of registration. Only for a tool that ran.</summary>
    public async Task<ToolOutcome> AfterAsync(JsonElement arguments, ToolOutcome outcome, CancellationToken cancellationToken)
    {
        foreach (var hook in hooks.At(tool.Agent.Name, HookPoints.AfterToolExecute).Reverse())
        {
            var info = new AfterToolInfo(
                tool.Run, tool.Step.CallId, tool.Step.Tool, tool.Step.Step, arguments, outcome.Result, outcome.ErrorCode, outcome.ErrorMessage);
            var (answer, _) = await calls.AskAsync(
                hook, HookPoints.AfterToolExecute, h => h.OnAfterToolExecuteAsync(info, cancellationToken), cancellationToken);
            if (answer is not null)
                outcome = Apply(answer, outcome);
        }

        return outcome;
    }

    /// <summary>Tells OnToolCall.</summary>
    /// <returns>The result with what the hooks did.</returns>
    public async Task<ToolStepResult> EndAsync(ToolStepResult result, JsonElement response, CancellationToken cancellationToken)
    {
        var info = new ToolCallInfo(
            tool.Run, result.CallId, result.Tool, result.Step, result.Arguments ?? tool.Arguments, response, result.ErrorCode, result.ErrorMessage)
        {
            StartTime = result.StartedAt,
            Duration = result.EndedAt - result.StartedAt,
            Skipped = decision.Skipped,
            Metadata = _metadata,
        };
        await calls.ObserveAsync(hooks.At(tool.Agent.Name, HookPoints.ToolCall), HookPoints.ToolCall,
            hook => hook.OnToolCallAsync(info, cancellationToken), cancellationToken);
        return result with { Skipped = decision.Skipped, Metadata = _metadata, Hooks = calls.Facts };
    }

    private ToolOutcome Apply(AfterToolResult answer, ToolOutcome outcome)
    {
        foreach (var (key, value) in answer.Metadata ?? [])
            (_metadata ??= [])[key] = value?.DeepClone();
        if (answer.Metadata is { } attached)
            calls.Note(facts => facts with { Output = attached.ToJsonString(AgentJson.Options) });
        if (answer.Error is { } error)
            return Changed(new ToolOutcome(null, ToolDecision.RejectedCode, error));
        return answer.Output is { } output && outcome.Succeeded ? Changed(new ToolOutcome(output)) : outcome;
    }

    private ToolOutcome Changed(ToolOutcome outcome)
    {
        calls.Note(facts => facts with { ModifiedOutput = true });
        return outcome;
    }
}
