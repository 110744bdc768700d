// What an agent is: the resolved, serializable definition that a run is pinned to by hash.
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using AgentFunctions.Budgets;
using AgentFunctions.Hooks;
using AgentFunctions.Approvals;
using AgentFunctions.Models;
using AgentFunctions.Output;
using AgentFunctions.Teams;
using AgentFunctions.Sessions;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;
using AgentFunctions.Workflows;

namespace AgentFunctions.Agents;

/// <summary>
/// An agent as configured: prompt, model, tools and limits; with a team or workflow part, one of those. A run stores the <see cref="Hash"/> of the definition it
/// started with and keeps using that definition, whatever the configuration says later.
/// </summary>
public sealed record AgentDefinition
{
    /// <summary>Steps a run may take when the agent names no limit of its own.</summary>
    public const int DefaultMaxSteps = 10;

    /// <summary>The agent's id in routes, spans and run rows.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>The role word of the configuration, <c>react</c> by default: model and tools in a loop.</summary>
    public string Role { get; init; } = "react";

    /// <summary>The system prompt.</summary>
    public required string Prompt { get; init; }

    public required ModelDefinition Model { get; init; }

    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>What the agent takes from MCP servers. When a run starts, the tools they list then join <see cref="Tools"/>, for the whole run.</summary>
    public IReadOnlyList<McpSelection> Mcp { get; init; } = [];

    /// <summary>When a person must decide before a tool runs that has no rule of its own; null for never.</summary>
    public ApprovalRule? Approval { get; init; }

    /// <summary>The most model steps one run may take, at least 1.</summary>
    public int MaxSteps { get; init; } = DefaultMaxSteps;

    /// <summary>True (the default) to run the tool calls of one step at the same time.</summary>
    public bool ParallelTools { get; init; } = true;

    /// <summary>How many tool calls of one step run at the same time, at least 1.</summary>
    public int MaxParallelTools { get; init; } = 8;

    [JsonIgnore]
    public int ToolsAtOnce => ParallelTools ? MaxParallelTools : 1;

    /// <summary>How many messages of earlier runs of the session the model sees.</summary>
    public int HistoryMessages { get; init; } = 40;

    /// <summary>How many tokens these messages may have, estimated at four characters a token; null for no such limit.</summary>
    public int? HistoryTokens { get; init; }

    /// <summary>When what falls out of the window is summarized; null for never.</summary>
    public SummaryDefinition? HistorySummary { get; init; }

    /// <summary>Limits of each run.</summary>
    public RunBudget? Budget { get; init; }

    /// <summary>Limits that its runs share with others, where they differ from the app's.</summary>
    public SharedBudgets? Budgets { get; init; }

    /// <summary>Called in order on the input, before the first step; null for none.</summary>
    public IReadOnlyList<HookDefinition>? PreHooks { get; init; }

    /// <summary>Called in order on the answer, after the last step; null for none.</summary>
    public IReadOnlyList<HookDefinition>? PostHooks { get; init; }

    /// <summary>The JSON that runs answer with; null for free text.</summary>
    public OutputDefinition? Output { get; init; }

    /// <summary>Set when the definition is a team; prompt, model and tools are then its leader's.</summary>
    public TeamDefinition? Team { get; init; }

    /// <summary>Set when the definition is a workflow, which has no model of its own (<see cref="ModelDefinition.None"/>).</summary>
    public WorkflowDefinition? Workflow { get; init; }

    [JsonIgnore]
    public RunKind Kind => Team is not null ? RunKind.Team : Workflow is not null ? RunKind.Workflow : RunKind.Agent;

    /// <summary>Those that the team or workflow may give work to.</summary>
    [JsonIgnore]
    public IReadOnlyList<MemberReference> Members => Team?.Members ?? Workflow?.Members ?? [];

    /// <summary>SHA-256 over the definition's JSON, lower-case hex; secrets are not part of it.</summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, AgentJson.Options)));
}

/// <summary>Limits of one run; a null member sets no limit. Checked before each model call.</summary>
/// <param name="Tokens">Prompt and completion tokens together.</param>
/// <param name="CostUsd">US dollars, as far as they are known; a run on a model without a price is refused.</param>
/// <param name="Seconds">Seconds since the run's first model call, without those in which it waited for people.</param>
public sealed record RunBudget(long? Tokens = null, decimal? CostUsd = null, double? Seconds = null)
{
    /// <summary>Model steps; unlike the agent's <c>max_steps</c>, passing it is an error.</summary>
    public int? Steps { get; init; }

    /// <summary>Tool calls; a step that asks for more than are left runs none of them.</summary>
    public int? ToolCalls { get; init; }

    /// <summary>The tighter of the two, member by member: nobody can loosen a limit by asking.</summary>
    public static RunBudget? Tighter(RunBudget? a, RunBudget? b) => a is null || b is null ? a ?? b : new RunBudget(
        Min(a.Tokens, b.Tokens), Min(a.CostUsd, b.CostUsd), Min(a.Seconds, b.Seconds))
    {
        Steps = Min(a.Steps, b.Steps),
        ToolCalls = Min(a.ToolCalls, b.ToolCalls),
    };

    private static T? Min<T>(T? a, T? b) where T : struct, IComparable<T> =>
        a is not { } x ? b : b is not { } y || x.CompareTo(y) <= 0 ? x : y;
}
