// One tool call of a run: validated, run once as its effect demands, its result stored for the model.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Logging;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Runs;

/// <summary>
/// What the ExecuteTool activity does. A finished call is answered from the store. A call of a <c>once</c> tool that an
/// earlier delivery began and did not finish is not run again: its outcome is unknown, and the model or a person is asked. A
/// call that needs a person first is answered without a result, and is made again after the wait.
/// </summary>
public sealed class ExecuteToolRunner(
    IRunStore runs, DefinitionResolver definitions, ToolHooks hooks, IToolRunner tools, ApprovalGate gate, ApprovalDesk desk, RunCancellation cancellation,
    RunTracer tracer, ToolMetrics metrics, TimeProvider time, ILogger<ExecuteToolRunner> logger)
{
    public const string UnknownTool = "unknown_tool";
    public const string InvalidArguments = "invalid_arguments";
    public const string Cancelled = "cancelled";
    public const string OutcomeUnknown = "outcome_unknown";
    public const string NotDelegated = "not_delegated";

    public async Task<ToolStepResult> RunAsync(ToolStep step, CancellationToken cancellationToken)
    {
        using var stepScope = logger.BeginStep(step);
        if (await runs.GetResultAsync(step.RunId, step.Key, cancellationToken) is { } known)
            return AgentJson.Deserialize<ToolStepResult>(known);

        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        using var runScope = logger.BeginRun(run);
        return await CallAsync(step, run, cancellationToken);
    }

    private async Task<ToolStepResult> CallAsync(ToolStep step, RunRecord run, CancellationToken cancellationToken)
    {
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var started = time.GetUtcNow();
        using var span = tracer.StartTool(run, agent, step, started);
        using var cancel = await cancellation.WatchAsync(run.RunId, cancellationToken);
        var hooked = await hooks.BeginAsync(new HookedTool(step, run, agent, await runs.FindCallAsync(step, cancellationToken)), cancellationToken);
        var passage = cancel.RunWasCancelled ? await TurnAwayAsync(run, cancellationToken) : await PassAsync(step, run, agent, hooked, cancel, cancellationToken);
        if (passage is Passage.Held held)
            return Waiting(step, held.Wait, started);

        var call = passage is Passage.Open open ? hooked.Call with { Arguments = open.Arguments } : hooked.Call;
        StepLog.Executing(logger, step, call);
        await runs.AppendEventsAsync(run.RunId, [StartedEvent(step, call, started)], cancellationToken);
        var outcome = passage is Passage.Closed closed ? closed.Outcome : await InvokeAsync(step, run, agent, call, hooked, cancel, cancellationToken);
        var result = await hooked.EndAsync(ResultOf(step, outcome, hooked.Decision, passage, started), Response(outcome), cancellationToken);
        var committed = await runs.CommitAsync(CommitOf(step, call, result, outcome), cancellationToken);
        var standing = AgentJson.Deserialize<ToolStepResult>(committed.ResultJson);
        if (committed.Committed)
        {
            StepLog.Executed(logger, step, standing, Response(outcome));
            metrics.Executed(agent, standing);
            span.Complete(RunSpans.Tool(run, agent, standing, call.Arguments, Response(outcome)));
            if (ToolRetrieval.Of(run, agent, standing, call.Arguments, Response(outcome)) is { } search)
                tracer.Emit(run, search);
            hooks.Trace(run, agent, standing);
        }

        return standing;
    }

    /// <summary>Whether the tool may run: what hooks say, its arguments, its approval, its limits, and that it was not begun before.</summary>
    private async Task<Passage> PassAsync(
        ToolStep step, RunRecord run, AgentDefinition agent, HookedToolCall hooked, RunCancellationWatch cancel, CancellationToken cancellationToken)
    {
        if (hooked.Decision.Instead is { } instead)
            return new Passage.Closed(instead);
        var tool = agent.Tools.FirstOrDefault(t => t.Name == step.Tool);
        if (tool is null)
            return Refused(UnknownTool,
                $"There is no tool '{step.Tool}'.{McpToolList.WhyMissing(agent, step.Tool)} Tools: {string.Join(", ", agent.Tools.Select(t => t.Name))}.");
        if (tool.Member is not null)
            return Refused(NotDelegated, "No member can be given work any more in this run. Answer with what there is.");
        var arguments = hooked.Call.Arguments ?? JsonSerializer.SerializeToElement(new JsonObject());
        if (tools.Validate(tool.ForModel, arguments) is { } problem)
            return Refused(InvalidArguments, problem);

        var passage = await gate.PassAsync(step, run, agent, tool, arguments, cancellationToken);
        if (passage is not Passage.Open open)
            return passage;
        // Before a once tool is marked as begun: who waits for a limit has not begun.
        if (await AdmitAsync(tool, cancel, cancellationToken) is { } refused)
            return new Passage.Closed(refused);
        return tool.Effect == ToolEffect.Once ? await BeginOnceAsync(step, run, agent, tool, open, cancellationToken) : open;
    }

    private async Task<ToolOutcome?> AdmitAsync(ToolDefinition tool, RunCancellationWatch cancel, CancellationToken cancellationToken)
    {
        try
        {
            return await tools.AdmitAsync(tool, cancel.Token);
        }
        catch (OperationCanceledException) when (cancel.RunWasCancelled && !cancellationToken.IsCancellationRequested)
        {
            return new ToolOutcome(null, Cancelled, "The run was cancelled before the tool began.");
        }
    }

    // Each beginning has its own mark, so that permission to run the tool again is used once.
    private async Task<Passage> BeginOnceAsync(
        ToolStep step, RunRecord run, AgentDefinition agent, ToolDefinition tool, Passage.Open open, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await MarkStartedAsync(step, attempt, cancellationToken))
                return open;
            var again = await gate.PassAgainAsync(step, run, agent, tool, open.Arguments, attempt, cancellationToken);
            if (again is not Passage.Open)
                return again;
        }
    }

    private async Task<Passage> TurnAwayAsync(RunRecord run, CancellationToken cancellationToken)
    {
        await desk.CancelAsync(run, cancellationToken);
        return Refused(Cancelled, "The run was cancelled before the tool began.");
    }

    private static Passage.Closed Refused(string code, string message) => new(new ToolOutcome(null, code, message));

    private static ToolStepResult Waiting(ToolStep step, ApprovalWait wait, DateTimeOffset at) =>
        new() { Step = step.Step, CallId = step.CallId, Tool = step.Tool, Waits = wait, StartedAt = at, EndedAt = at };

    private async Task<ToolOutcome> InvokeAsync(
        ToolStep step, RunRecord run, AgentDefinition agent, MessagePart call, HookedToolCall hooked, RunCancellationWatch cancel, CancellationToken cancellationToken)
    {
        var tool = agent.Tools.First(t => t.Name == step.Tool);
        var arguments = call.Arguments!.Value;
        var invocation = new ToolInvocation(run.RunId, step.CallId, arguments, $"{run.RunId}:{step.Step}:{step.CallId}")
        {
            SessionId = run.SessionId,
            UserId = run.UserId,
            Context = hooked.Decision.Context,
        };
        try
        {
            var outcome = await tools.RunAsync(hooked.Limit(tool), invocation, cancel.Token);
            return await hooked.AfterAsync(arguments, outcome, cancellationToken);
        }
        catch (OperationCanceledException) when (cancel.RunWasCancelled && !cancellationToken.IsCancellationRequested)
        {
            return new ToolOutcome(null, Cancelled, "The run was cancelled while the tool ran; whether it took effect is not known.");
        }
    }

    private async Task<bool> MarkStartedAsync(ToolStep step, int attempt, CancellationToken cancellationToken) =>
        (await runs.CommitAsync(new RunCommit(step.RunId, step.StartedKey(attempt), AgentJson.Serialize(new WorkBegun(time.GetUtcNow()))), cancellationToken)).Committed;

    private ToolStepResult ResultOf(ToolStep step, ToolOutcome outcome, ToolDecision decision, Passage passage, DateTimeOffset started) => new()
    {
        Step = step.Step,
        CallId = step.CallId,
        Tool = step.Tool,
        ErrorCode = outcome.ErrorCode,
        ErrorMessage = outcome.ErrorMessage,
        Arguments = (passage as Passage.Open)?.Edited ?? decision.Input,
        EndsRun = passage is Passage.Closed { EndsRun: true },
        StartedAt = started,
        EndedAt = time.GetUtcNow(),
    };

    private static RunCommit CommitOf(ToolStep step, MessagePart call, ToolStepResult result, ToolOutcome outcome) =>
        new(step.RunId, step.Key, AgentJson.Serialize(result))
        {
            Messages = [new NewMessage($"tool:{step.Step}:{step.CallId}", step.Step, Message.ToolResult(step.CallId, Response(outcome)), result.EndedAt)],
            Events = [CompletedEvent(call, result, Response(outcome))],
        };

    private static JsonElement Response(ToolOutcome outcome) => outcome.Succeeded
        ? outcome.Result ?? JsonSerializer.SerializeToElement<object?>(null)
        : JsonSerializer.SerializeToElement(new { error = outcome.ErrorCode, message = outcome.ErrorMessage });

    private static NewRunEvent StartedEvent(ToolStep step, MessagePart call, DateTimeOffset now) =>
        new(RunEventTypes.ToolCall, EventData(step.Step, call, "started"), now, $"{step.Key}:started");

    private static NewRunEvent CompletedEvent(MessagePart call, ToolStepResult result, JsonElement response)
    {
        var data = EventData(result.Step, call, "completed");
        data["result"] = JsonNode.Parse(response.GetRawText());
        data["duration"] = (result.EndedAt - result.StartedAt).TotalSeconds;
        if (result.Skipped)
            data["skipped"] = true;
        if (result.Arguments is not null)
            data["input_overridden"] = true;
        if (result.ErrorCode is not null)
            data["error"] = new JsonObject { ["code"] = result.ErrorCode, ["message"] = result.ErrorMessage };
        return new(RunEventTypes.ToolCall, data, result.EndedAt);
    }

    private static JsonObject EventData(int step, MessagePart call, string status) => new()
    {
        ["tool_name"] = call.Name,
        ["tool_call_id"] = call.Id,
        ["status"] = status,
        ["step"] = step,
        ["arguments"] = call.Arguments is { } arguments ? JsonNode.Parse(arguments.GetRawText()) : null,
    };
}
