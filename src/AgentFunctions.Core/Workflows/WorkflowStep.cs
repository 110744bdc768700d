// One step of a workflow: what it does, when, and what happens when it fails.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentFunctions.Workflows;

// As a word wherever it is stored, so that the order of the members is free.
[JsonConverter(typeof(JsonStringEnumConverter<StepKind>))]
public enum StepKind
{
    /// <summary>A run of an agent, a team or another workflow.</summary>
    Agent,

    /// <summary>A tool call, under the tool's own rules of effect and approval.</summary>
    Tool,

    /// <summary>A C# function registered with AddWorkflowStep.</summary>
    Function,

    /// <summary>Gives values to the run's state.</summary>
    Set,

    /// <summary>Steps one after the other.</summary>
    Sequence,

    /// <summary>Steps at the same time.</summary>
    Parallel,

    /// <summary>Steps again and again until a condition holds.</summary>
    Loop,

    /// <summary>One of two lists of steps.</summary>
    Condition,

    /// <summary>One of several lists of steps, by name.</summary>
    Router,

    /// <summary>Waits for a person.</summary>
    Human,
}

/// <summary>A step. Which members are set depends on <see cref="Kind"/>.</summary>
public sealed record WorkflowStep
{
    public const int DefaultMaxIterations = 10;

    /// <summary>Letters, digits, '_' and '-'; unique in the workflow. Others read the step's output as <c>steps.{id}.output</c>.</summary>
    public required string Id { get; init; }

    public required StepKind Kind { get; init; }

    /// <summary>The member, tool or function that does the step's work.</summary>
    public string? Target { get; init; }

    /// <summary>A <see cref="Template"/>: what the member or function is asked, or the person is told. Null for the run's own input.</summary>
    public string? Input { get; init; }

    /// <summary>A tool's arguments, or the values that are set: an object whose texts are templates.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>A condition's test, a router's choice, what ends a loop.</summary>
    public StepTest? Test { get; init; }

    /// <summary>The steps within: of a sequence, a loop's round, the branches, what a condition does when it holds.</summary>
    public IReadOnlyList<WorkflowStep> Steps { get; init; } = [];

    /// <summary>What a condition does when it does not hold, or what follows a person's no.</summary>
    public IReadOnlyList<WorkflowStep> Else { get; init; } = [];

    public IReadOnlyList<WorkflowRoute> Routes { get; init; } = [];

    /// <summary>The most rounds of a loop, from 1.</summary>
    public int MaxIterations { get; init; } = DefaultMaxIterations;

    /// <summary>Whether the first branch that fails stops the others.</summary>
    public bool FailFast { get; init; } = true;

    public HumanRequest? Human { get; init; }

    /// <summary>The step is skipped unless this holds; null for always.</summary>
    public StepTest? When { get; init; }

    public StepRetry? Retry { get; init; }

    /// <summary>Steps that take the place of this one when its last attempt failed.</summary>
    public IReadOnlyList<WorkflowStep> Fallback { get; init; } = [];

    /// <summary>Seconds for one attempt; null for no limit.</summary>
    public double? TimeoutSeconds { get; init; }

    /// <summary>All steps directly within this one.</summary>
    [JsonIgnore]
    public IEnumerable<WorkflowStep> Children => [.. Steps, .. Else, .. Routes.SelectMany(route => route.Steps), .. Fallback];
}

/// <summary>A condition, or a choice: an expression over the run's state, or a C# function.</summary>
/// <param name="Expression">See <see cref="Expressions.Expression"/>; its names are those of a <see cref="Template"/>.</param>
/// <param name="Function">The name of a function registered with AddWorkflowCondition.</param>
public sealed record StepTest(string? Expression = null, string? Function = null);

/// <param name="Name">What the router's choice must be.</param>
/// <param name="IsDefault">Whether it is taken when no other is.</param>
public sealed record WorkflowRoute(string Name, IReadOnlyList<WorkflowStep> Steps, bool IsDefault = false);

/// <summary>How a failed step is tried again.</summary>
/// <param name="MaxAttempts">The first one included.</param>
/// <param name="BackoffSeconds">Before the second attempt; it doubles from attempt to attempt.</param>
/// <param name="MaxIntervalSeconds">The longest wait.</param>
public sealed record StepRetry(int MaxAttempts, double BackoffSeconds = 1, double MaxIntervalSeconds = 60)
{
    /// <summary>The wait after the attempt with this number, from 1.</summary>
    public TimeSpan Delay(int attempt) => TimeSpan.FromSeconds(Math.Min(BackoffSeconds * Math.Pow(2, attempt - 1), MaxIntervalSeconds));
}
