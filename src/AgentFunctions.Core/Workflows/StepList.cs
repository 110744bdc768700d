// A list of steps that is made in code, with the members and tools that they name.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Tools;

namespace AgentFunctions.Workflows;

/// <summary>Adds steps in their order; each method returns the list.</summary>
public sealed class StepList
{
    private readonly List<WorkflowStep> _steps = [];
    private readonly List<AgentDefinition> _members;
    private readonly List<ToolDefinition> _tools;

    internal StepList() => (_members, _tools) = ([], []);

    private StepList(StepList around) => (_members, _tools) = (around._members, around._tools);

    internal IReadOnlyList<WorkflowStep> Steps => _steps;

    internal IReadOnlyList<AgentDefinition> Members => _members;

    internal IReadOnlyList<ToolDefinition> Tools => _tools;

    /// <summary>A run of an agent, a team or a workflow.</summary>
    /// <param name="input">A <see cref="Template"/>; null for the run's own input.</param>
    public StepList Agent(string id, AgentDefinition member, string? input = null, Action<StepOptions>? options = null)
    {
        _members.Add(member);
        return Add(new WorkflowStep { Id = id, Kind = StepKind.Agent, Target = member.Name, Input = input }, options);
    }

    /// <param name="arguments">Texts in it are templates.</param>
    public StepList Tool(string id, ToolDefinition tool, JsonObject? arguments = null, Action<StepOptions>? options = null)
    {
        _tools.Add(tool);
        return Add(new WorkflowStep { Id = id, Kind = StepKind.Tool, Target = tool.Name, Arguments = Json(arguments) }, options);
    }

    /// <param name="function">A name registered with AddWorkflowStep.</param>
    public StepList Function(string id, string function, string? input = null, Action<StepOptions>? options = null) =>
        Add(new WorkflowStep { Id = id, Kind = StepKind.Function, Target = function, Input = input }, options);

    public StepList Set(string id, JsonObject values) => Add(new WorkflowStep { Id = id, Kind = StepKind.Set, Arguments = Json(values) }, null);

    public StepList Sequence(string id, Action<StepList> steps, Action<StepOptions>? options = null) =>
        Add(new WorkflowStep { Id = id, Kind = StepKind.Sequence, Steps = Read(steps) }, options);

    /// <param name="failFast">Whether the first branch that fails stops the others.</param>
    public StepList Parallel(string id, Action<StepList> branches, bool failFast = true, Action<StepOptions>? options = null) =>
        Add(new WorkflowStep { Id = id, Kind = StepKind.Parallel, Steps = Read(branches), FailFast = failFast }, options);

    public StepList Loop(
        string id, Action<StepList> round, StepTest? until = null, int maxIterations = WorkflowStep.DefaultMaxIterations, Action<StepOptions>? options = null) =>
        Add(new WorkflowStep { Id = id, Kind = StepKind.Loop, Steps = Read(round), Test = until, MaxIterations = maxIterations }, options);

    public StepList Condition(string id, StepTest test, Action<StepList> then, Action<StepList>? otherwise = null, Action<StepOptions>? options = null) =>
        Add(new WorkflowStep { Id = id, Kind = StepKind.Condition, Test = test, Steps = Read(then), Else = Read(otherwise) }, options);

    /// <param name="choose">An expression whose value names the route.</param>
    /// <param name="routes">By name.</param>
    /// <param name="otherwise">What is done when it names none; without it the step fails.</param>
    public StepList Router(
        string id, string choose, IReadOnlyDictionary<string, Action<StepList>> routes, Action<StepList>? otherwise = null, Action<StepOptions>? options = null)
    {
        List<WorkflowRoute> all = [.. routes.Select(route => new WorkflowRoute(route.Key, Read(route.Value)))];
        if (otherwise is not null)
            all.Add(new WorkflowRoute("default", Read(otherwise), IsDefault: true));
        return Add(new WorkflowStep { Id = id, Kind = StepKind.Router, Test = new StepTest(choose), Routes = all }, options);
    }

    /// <param name="prompt">A <see cref="Template"/>: what the person is told.</param>
    /// <param name="otherwise">What follows a no, with <see cref="RejectAction.Else"/>.</param>
    public StepList Human(string id, string prompt, HumanRequest? request = null, Action<StepList>? otherwise = null) =>
        Add(new WorkflowStep { Id = id, Kind = StepKind.Human, Input = prompt, Human = request ?? new HumanRequest(), Else = Read(otherwise) }, null);

    private StepList Add(WorkflowStep step, Action<StepOptions>? configure)
    {
        var options = new StepOptions();
        configure?.Invoke(options);
        _steps.Add(step with
        {
            When = options.When,
            Retry = options.Retry,
            TimeoutSeconds = options.Timeout?.TotalSeconds,
            Fallback = Read(options.Fallback),
        });
        return this;
    }

    private List<WorkflowStep> Read(Action<StepList>? add)
    {
        var within = new StepList(this);
        add?.Invoke(within);
        return within._steps;
    }

    private static JsonElement? Json(JsonObject? value) => value is null ? null : JsonSerializer.SerializeToElement(value);
}

/// <summary>What every step may have.</summary>
public sealed class StepOptions
{
    /// <summary>The step is skipped unless this holds.</summary>
    public StepTest? When { get; set; }

    public StepRetry? Retry { get; set; }

    /// <summary>For one attempt.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Steps that take the place of this one when its last attempt failed.</summary>
    public Action<StepList>? Fallback { get; set; }
}
