using System.Diagnostics;
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Workflows;
using static AgentFunctions.Telemetry.GenAiAttributes;
using static AgentFunctions.Telemetry.SpanAttributes;

namespace AgentFunctions.Telemetry;

/// <summary>
/// The spans of a run as a pure function of what the run store holds. The activity that just did the work and the repair
/// at the end of the run both build them here, so both give the same span.
/// </summary>
public static class RunSpans
{
    /// <summary>The span of one attempt to call the model.</summary>
    /// <param name="input">The messages that were sent, without the system prompt.</param>
    /// <param name="output">The model's message; null when the attempt failed.</param>
    public static SpanFacts Chat(RunRecord run, AgentDefinition agent, ModelStepResult result, IReadOnlyList<Message> input, Message? output)
    {
        var attributes = ChatAttributes(run, agent, result.Step, result.Attempt);
        attributes[MessageCount] = (long)input.Count;
        attributes[ToolCount] = (long)agent.Tools.Count;
        attributes.AddUnlessNull(Fallback, Positive(result.Fallback));
        AddResponse(attributes, result);
        attributes.AddUnlessNull(OutputValid, result.Output is { } check ? check.Problem is null : null);
        attributes.AddUnlessNull(OutputRepair, Positive(result.Repair));
        var error = ErrorOf(result);
        attributes.AddUnlessNull(ErrorType, error?.Code);
        return ChatStart(run, agent, result.Step, result.Attempt, result.StartedAt) with
        {
            End = EndOf(result.StartedAt, result.EndedAt),
            Status = StatusOf(error?.Code),
            StatusMessage = error?.Message,
            Attributes = attributes,
            Content = SpanContent.OfChat(agent, input, output, result.FinishReason),
            Events = error is null ? [] : [ExceptionEvent(error, result.EndedAt)],
        };
    }

    /// <summary>The span of one tool call.</summary>
    /// <param name="arguments">As the model gave them.</param>
    /// <param name="response">What the model was answered.</param>
    public static SpanFacts Tool(RunRecord run, AgentDefinition agent, ToolStepResult result, JsonElement? arguments, JsonElement? response)
    {
        var call = new ToolStep(run.RunId, result.Step, result.CallId, result.Tool);
        var attributes = ToolAttributes(run, agent, call);
        attributes.AddUnlessNull(ErrorType, result.ErrorCode);
        attributes.AddUnlessNull(ToolSkipped, result.Skipped ? true : null);
        attributes.AddUnlessNull(ToolInputOverridden, result.Arguments is null ? null : true);
        return ToolStart(run, agent, call, result.StartedAt) with
        {
            End = EndOf(result.StartedAt, result.EndedAt),
            Status = StatusOf(result.ErrorCode),
            StatusMessage = result.ErrorMessage,
            StatusSummary = result.ErrorCode,
            Attributes = attributes,
            Content = SpanContent.OfTool(result.Arguments ?? arguments, response),
        };
    }

    /// <summary>The span of the whole run.</summary>
    /// <param name="finishReason">The last model call's; null when there was none.</param>
    /// <param name="delegations">How often a team's members were asked.</param>
    public static SpanFacts Root(RunRecord run, AgentDefinition agent, string? finishReason, int delegations = 0)
    {
        if (agent.Team is not null)
            return WorkflowSpans.Root(run, new WorkflowFacts(agent.Name, "team") { TeamId = agent.Name, Steps = delegations });
        if (agent.Workflow is { } workflow)
            return WorkflowSpans.Root(run, new WorkflowFacts(agent.Name, workflow.Pattern) { WorkflowId = agent.Name, Steps = run.Steps });
        var attributes = WithModel(run, agent, InvokeAgent, AgentKind);
        attributes.AddUnlessNull(AgentDescription, agent.Description);
        attributes.AddUnlessNull(ResponseFinishReasons, finishReason is null ? null : new[] { finishReason });
        AddUsage(attributes, run.Usage);
        AddCost(attributes, run.CostUsd, run.UnpricedCalls > 0);
        attributes.AddUnlessNull(UnpricedCalls, Positive(run.UnpricedCalls));
        attributes.AddUnlessNull(ParentRunId, run.ParentRunId);
        attributes.AddUnlessNull(TerminationReason, run.TerminationReason);
        attributes[RunStatusName] = AgentJson.Word(run.Status);
        attributes[RunSteps] = (long)run.Steps;
        var error = ErrorOf(run);
        attributes.AddUnlessNull(ErrorType, error?.Code);
        var start = run.StartedAt ?? run.CreatedAt;
        return new SpanFacts
        {
            Path = RunTrace.RootPath,
            Name = $"{InvokeAgent} {agent.Name}",
            Kind = ActivityKind.Internal,
            Start = start,
            End = EndOf(start, run.FinishedAt ?? start),
            Status = StatusOf(error?.Code),
            StatusMessage = error?.Message,
            Attributes = attributes,
            Content = SpanContent.OfRun(run, agent, finishReason),
        };
    }

    /// <summary>Every span the run should have, the root last.</summary>
    public static IReadOnlyList<SpanFacts> All(RunRecord run, AgentDefinition agent, RunWork work)
    {
        var chats = work.ModelCalls.Select(r => Chat(run, agent.OnModel(r.Fallback), r, work.InputOf(r), work.OutputOf(r)));
        var tools = work.ToolCalls.Select(r => Tool(run, agent, r, work.ArgumentsOf(r), work.ResponseOf(r)));
        var searches = work.ToolCalls.Select(r => ToolRetrieval.Of(run, agent, r, work.ArgumentsOf(r), work.ResponseOf(r))).OfType<SpanFacts>();
        var delegations = work.Delegations.Select(d => DelegationSpans.Of(run, agent, d));
        var steps = work.WorkflowSteps.SelectMany(s => StepSpans.Of(run, agent, s));
        var approvals = work.Approvals.Select(a => ApprovalSpans.Of(run, agent, a));
        var root = Root(run, agent, work.LastFinishReason, work.Delegations.Count);
        IEnumerable<SpanFacts> summaries = work.Summary is { } made ? [Chat(run, SummaryResult.Of(agent), made.Call, [], made.Message)] : [];
        return [.. chats, .. summaries, .. tools, .. searches, .. approvals, .. delegations, .. steps, .. work.Hooks.Spans(run, agent, work), root];
    }

    /// <summary>What is known of a model call when it starts; samplers and other processors may use it.</summary>
    internal static SpanFacts ChatStart(RunRecord run, AgentDefinition agent, int step, int attempt, DateTimeOffset start) => new()
    {
        Path = RunTrace.ChatPath(step, attempt),
        ParentPath = RunTrace.RootPath,
        Name = $"{GenAiAttributes.Chat} {agent.Model.Model}",
        Kind = ActivityKind.Client,
        Start = start,
        End = start,
        Attributes = ChatAttributes(run, agent, step, attempt),
        Links = attempt > 1 ? [new SpanLink(RunTrace.ChatPath(step, attempt - 1), RetryOf)] : [],
    };

    /// <summary>What is known of a tool call when it starts.</summary>
    internal static SpanFacts ToolStart(RunRecord run, AgentDefinition agent, ToolStep call, DateTimeOffset start) => new()
    {
        Path = RunTrace.ToolPath(call.Step, call.CallId),
        ParentPath = agent.Workflow is null ? RunTrace.RootPath : StepAddress.SpanPathOfCall(call.CallId),
        Name = $"{ExecuteTool} {call.Tool}",
        Kind = ActivityKind.Internal,
        Start = start,
        End = start,
        Attributes = ToolAttributes(run, agent, call),
    };

    private static Dictionary<string, object> ChatAttributes(RunRecord run, AgentDefinition agent, int step, int attempt)
    {
        var attributes = WithModel(run, agent, GenAiAttributes.Chat, ModelKind);
        var endpoint = ModelEndpoint.Of(agent.Model);
        attributes.AddUnlessNull(ServerAddress, endpoint.Host);
        attributes.AddUnlessNull(ServerPort, (long?)endpoint.Port);
        AddRequest(attributes, agent.Model);
        attributes.AddUnlessNull(OutputType, agent.Output is null ? null : "json");
        attributes[Step] = (long)step;
        attributes[Attempt] = (long)attempt;
        return attributes;
    }

    private static Dictionary<string, object> ToolAttributes(RunRecord run, AgentDefinition agent, ToolStep call)
    {
        var attributes = SpanAttributes.Of(run, agent, ExecuteTool, ToolKind);
        attributes[ToolName] = call.Tool;
        attributes[ToolType] = "function";
        attributes[ToolCallId] = call.CallId;
        attributes.AddUnlessNull(ToolDescription, agent.Tools.FirstOrDefault(t => t.Name == call.Tool)?.Description);
        attributes[Step] = (long)call.Step;
        return attributes;
    }

    private static Dictionary<string, object> WithModel(RunRecord run, AgentDefinition agent, string operation, string kind)
    {
        var attributes = SpanAttributes.Of(run, agent, operation, kind);
        attributes[ProviderName] = ModelEndpoint.Of(agent.Model).Provider;
        attributes[RequestModel] = agent.Model.Model;
        attributes.AddUnlessNull(AgentRole, agent.Role);
        return attributes;
    }

    private static RunError? ErrorOf(ModelStepResult result) => result.Status switch
    {
        ModelStepStatus.Succeeded => null,
        ModelStepStatus.Cancelled => result.Error ?? new RunError(RunErrorCodes.RunCancelled, "The run was cancelled during the call."),
        _ => result.Error ?? new RunError(RunErrorCodes.Unknown, "The call failed and gave no reason."),
    };

    internal static RunError? ErrorOf(RunRecord run) => run.Status switch
    {
        RunStatus.Cancelled => run.Error ?? new RunError(RunErrorCodes.RunCancelled, run.CancelReason ?? "The run was cancelled."),
        RunStatus.Error => run.Error ?? new RunError(RunErrorCodes.Unknown, "The run failed and gave no reason."),
        _ => null,
    };

    private static SpanEvent ExceptionEvent(RunError error, DateTimeOffset at) => new("exception", at,
        new Dictionary<string, object> { ["exception.type"] = error.Code, ["exception.message"] = error.Message });

    private static void AddRequest(Dictionary<string, object> attributes, ModelDefinition model)
    {
        attributes.AddUnlessNull(RequestTemperature, model.Temperature);
        attributes.AddUnlessNull(RequestTopP, model.TopP);
        attributes.AddUnlessNull(RequestMaxTokens, (long?)model.MaxTokens);
        attributes.AddUnlessNull(RequestSeed, model.Seed);
        attributes.AddUnlessNull(RequestStopSequences, model.Stop?.ToArray());
        attributes.AddUnlessNull(RequestFrequencyPenalty, model.FrequencyPenalty);
        attributes.AddUnlessNull(RequestPresencePenalty, model.PresencePenalty);
        attributes.AddUnlessNull(RequestReasoningLevel, model.ReasoningEffort);
        attributes[RequestStream] = true;
    }

    private static void AddResponse(Dictionary<string, object> attributes, ModelStepResult result)
    {
        attributes.AddUnlessNull(ResponseId, result.ResponseId);
        attributes.AddUnlessNull(ResponseModel, result.ResponseModel);
        attributes.AddUnlessNull(ResponseTimeToFirstChunk, result.TimeToFirstChunkSeconds);
        attributes.AddUnlessNull(ResponseFinishReasons, result.FinishReason is { } reason ? new[] { reason } : null);
        attributes.AddUnlessNull(HttpStatus, (long?)result.HttpStatus);
        if (result.Status == ModelStepStatus.Succeeded)
            attributes[ToolCallCount] = (long)result.ToolCalls.Count;
        AddUsage(attributes, result.Usage);
        AddCost(attributes, result.CostUsd, result.CostUnknown);
        attributes.AddUnlessNull(CostTotal, (double?)result.CostUsd);
        attributes.AddUnlessNull(PriceVersion, result.Price?.Version);
    }

    private static void AddUsage(Dictionary<string, object> attributes, RunUsage usage)
    {
        if (usage == RunUsage.None)
            return;
        attributes[UsageInputTokens] = usage.PromptTokens;
        attributes[UsageOutputTokens] = usage.CompletionTokens;
        attributes.AddUnlessNull(UsageCacheReadTokens, Positive(usage.CachedTokens));
        attributes.AddUnlessNull(UsageCacheCreationTokens, Positive(usage.CacheWriteTokens));
        attributes.AddUnlessNull(UsageReasoningTokens, Positive(usage.ReasoningTokens));
    }

    // What is not known is said so, never left to be read as free.
    private static void AddCost(Dictionary<string, object> attributes, decimal? cost, bool unknown)
    {
        attributes.AddUnlessNull(CostUsd, (double?)cost);
        attributes.AddUnlessNull(CostUnknown, unknown ? true : null);
    }

    private static long? Positive(long tokens) => tokens > 0 ? tokens : null;
}
