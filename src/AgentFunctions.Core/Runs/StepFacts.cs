// What the activities of a run take and give: references and small facts, never the conversation.
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Budgets;
using AgentFunctions.Costs;
using AgentFunctions.Hooks;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Models;
using AgentFunctions.Output;
using AgentFunctions.Teams;

namespace AgentFunctions.Runs;

/// <summary>Input of the orchestration of a run: what it decides by, so that it needs no I/O.</summary>
/// <param name="DefinitionHash">The definition the run is pinned to.</param>
/// <param name="MaxSteps">From the definition, so that the orchestrator decides without I/O.</param>
/// <param name="MaxRetries">How often a model call that failed in a passing way is tried again.</param>
/// <param name="TraceId">For log lines of the orchestrator; null in runs that an earlier version started.</param>
public sealed record RunStart(
    string RunId, string AgentId, string DefinitionHash, string SessionId, int MaxSteps, int MaxRetries, bool ParallelTools, RunBudget? Budget,
    string? TraceId = null)
{
    public RunKind Kind { get; init; }

    /// <summary>0 for a run that a client started; a deeper one takes no turn in its session.</summary>
    public int Depth { get; init; }

    /// <summary>Whether the agent has pre-hooks.</summary>
    public bool ChecksInput { get; init; }

    /// <summary>Whether the agent has post-hooks that the run waits for.</summary>
    public bool ChecksOutput { get; init; }

    /// <summary>Whether the run may have to summarize its session.</summary>
    public bool Summarizes { get; init; }

    /// <summary>The post-hooks that nothing waits for; null for none.</summary>
    public IReadOnlyList<BackgroundHookJob>? BackgroundHooks { get; init; }

    /// <summary>How often each fallback of the agent's model is tried again; null without fallbacks.</summary>
    public IReadOnlyList<int>? FallbackRetries { get; init; }

    /// <summary>How many tool calls run at the same time; null in runs that an earlier version started, for all.</summary>
    public int? MaxParallelTools { get; init; }

    /// <summary>Set for a team's run.</summary>
    public TeamDefinition? Team { get; init; }

    /// <summary>False for a team without a leader.</summary>
    public bool HasModel { get; init; } = true;

    /// <summary>True when the agent has a structured output: the run completes with one, or ends in error.</summary>
    public bool StructuredOutput { get; init; }

    /// <summary>What model calls reserve by; null when the run shares no limit with others.</summary>
    public BudgetTerms? Shared { get; init; }

    public static RunStart Of(RunRecord run, AgentDefinition agent) => new(
        run.RunId, run.AgentId, run.DefinitionHash, run.SessionId, agent.MaxSteps, agent.Model.MaxRetries, agent.ParallelTools,
        run.Budget ?? agent.Budget, run.TraceId)
    {
        Kind = run.Kind,
        Depth = run.Depth,
        Summarizes = agent.HistorySummary is not null,
        ChecksInput = agent.HooksAt(HookPoints.PreRun).Count > 0,
        ChecksOutput = agent.HooksAt(HookPoints.PostRun).Count > 0,
        BackgroundHooks = agent.BackgroundJobs(run.RunId),
        FallbackRetries = agent.Model.Fallbacks?.Select(model => model.MaxRetries).ToList(),
        MaxParallelTools = agent.MaxParallelTools,
        Team = agent.Team,
        HasModel = agent.Model.Key != ModelDefinition.None.Key,
        StructuredOutput = agent.Output is not null,
    };
}

/// <summary>Input of CallModel.</summary>
/// <param name="SessionPosition">The run's place in its session; 0 for a run without one.</param>
public sealed record ModelStep(string RunId, int Step, int Attempt, int SessionPosition)
{
    /// <summary>Which of the agent's models is called: 0 its own, 1 the first fallback.</summary>
    public int Fallback { get; init; }

    /// <summary>True when the model shall answer and may call no tool any more.</summary>
    public bool AnswerOnly { get; init; }

    /// <summary>How many answers of earlier steps did not fit the agent's output.</summary>
    public int Repair { get; init; }

    [JsonIgnore]
    public string Key => $"model:{Step}:{Attempt}";

    /// <summary>Marks that the attempt was begun; its result is a <see cref="WorkBegun"/>.</summary>
    [JsonIgnore]
    public string BegunKey => $"begun:{Step}:{Attempt}";
}

/// <summary>What a mark of begun work holds.</summary>
public sealed record WorkBegun(DateTimeOffset StartedAt);

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<ModelStepStatus>))]
public enum ModelStepStatus
{
    Succeeded,

    /// <summary>Failed in a passing way; the orchestrator may try again after <see cref="ModelStepResult.RetryAfterSeconds"/>.</summary>
    Retryable,
    Failed,
    Cancelled,

    /// <summary>A hook stopped the run before the step: there was no call, and nothing is stored under the step's key.</summary>
    Stopped,
}

/// <summary>Output of CallModel, stored under <see cref="ModelStep.Key"/>; with the run's messages it holds all that the chat span needs.</summary>
public sealed record ModelStepResult
{
    public required int Step { get; init; }
    public required int Attempt { get; init; }
    public required ModelStepStatus Status { get; init; }

    /// <summary>Which of the agent's models was called: 0 its own, 1 the first fallback.</summary>
    public int Fallback { get; init; }

    /// <summary>The model's name as sent to the provider; null in results that an earlier version stored.</summary>
    public string? RequestModel { get; init; }

    /// <summary><c>stop</c>, <c>length</c>, <c>content_filter</c> or <c>tool_call</c>.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The tools the model asked for, in its order; arguments are in the stored message.</summary>
    public IReadOnlyList<ToolCallReference> ToolCalls { get; init; } = [];

    /// <summary>What the provider reported.</summary>
    public RunUsage Usage { get; init; } = RunUsage.None;

    /// <summary>True when the provider did not report all that was used: the true numbers are <see cref="Usage"/> or more.</summary>
    public bool UsageUnknown { get; init; }

    /// <summary>US dollars for <see cref="Usage"/>; null when no price is known, nothing was reported, or costs are not tracked.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>True when the call cost more than <see cref="CostUsd"/> says: its price or part of its usage is not known. Never true of a free model.</summary>
    public bool CostUnknown { get; init; }

    /// <summary>The price that <see cref="CostUsd"/> was computed with, so that it can be explained when the table has changed.</summary>
    public CallPrice? Price { get; init; }

    /// <summary>What came of checking the answer against the agent's output; null when there is none, or the answer calls tools.</summary>
    public OutputCheck? Output { get; init; }

    /// <summary>As <see cref="ModelStep.Repair"/>.</summary>
    public int Repair { get; init; }

    public RunError? Error { get; init; }
    public double? RetryAfterSeconds { get; init; }
    public int? HttpStatus { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }
    public double? TimeToFirstChunkSeconds { get; init; }
    public string? ResponseId { get; init; }
    public string? ResponseModel { get; init; }

    /// <summary>How many stored messages of earlier runs of the session count before the run's own; an answer that post-hooks changed counts twice.</summary>
    public int SessionMessages { get; init; }

    /// <summary>The hooks that were called around the attempt; null for none.</summary>
    public IReadOnlyList<HookFacts>? Hooks { get; init; }

    public static ModelStepResult Stopped(ModelStep step, DateTimeOffset now) =>
        new() { Step = step.Step, Attempt = step.Attempt, Status = ModelStepStatus.Stopped, StartedAt = now, EndedAt = now };
}

/// <param name="CallId">Unique within the run.</param>
public sealed record ToolCallReference(string CallId, string Tool);

/// <summary>Input of ExecuteTool.</summary>
public sealed record ToolStep(string RunId, int Step, string CallId, string Tool)
{
    [JsonIgnore]
    public string Key => $"tool:{Step}:{CallId}";

    /// <summary>Marks that a <c>once</c> tool was begun for the n-th time; its result is a <see cref="WorkBegun"/>.</summary>
    public string StartedKey(int attempt) => attempt == 1 ? $"started:{Step}:{CallId}" : $"started:{Step}:{CallId}:{attempt}";

    /// <summary>Key of the <see cref="ToolDecision"/> of the hooks before the call.</summary>
    [JsonIgnore]
    public string BeforeKey => $"before:{Step}:{CallId}";
}

/// <summary>Output of ExecuteTool, stored under <see cref="ToolStep.Key"/> unless it <see cref="Waits"/>.</summary>
public sealed record ToolStepResult
{
    public required int Step { get; init; }
    public required string CallId { get; init; }
    public required string Tool { get; init; }

    /// <summary>Null on success; else a low-cardinality word, see ToolOutcome.</summary>
    public string? ErrorCode { get; init; }

    public string? ErrorMessage { get; init; }

    /// <summary>Set when the call needs a person first: nothing was done, and the call is to be made again when the wait is over.</summary>
    public ApprovalWait? Waits { get; init; }

    /// <summary>True when the run ends with this call, in error.</summary>
    public bool EndsRun { get; init; }

    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>True when a hook kept the tool from running.</summary>
    public bool Skipped { get; init; }

    /// <summary>What the tool was called with, where a hook or a person changed it; null when it is what the model gave.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>What hooks attached to the call.</summary>
    public JsonObject? Metadata { get; init; }

    /// <summary>The hooks that were called around the call; null for none.</summary>
    public IReadOnlyList<HookFacts>? Hooks { get; init; }
}

/// <summary>Input of FinishRun and output of the orchestration: how the run ended.</summary>
public sealed record RunOutcome
{
    public required string RunId { get; init; }
    public required RunStatus Status { get; init; }
    public required string TerminationReason { get; init; }
    public required int Steps { get; init; }
    public RunUsage Usage { get; init; } = RunUsage.None;
    public decimal? CostUsd { get; init; }
    public int UnpricedCalls { get; init; }

    public RunError? Error { get; init; }

    /// <summary>When the run waited for people, for the budget of its parent; null when it never did.</summary>
    public IReadOnlyList<WaitInterval>? Waits { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }
}
