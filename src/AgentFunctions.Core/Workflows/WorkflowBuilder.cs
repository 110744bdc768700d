// Builds the same definition in code that the `workflows` section gives.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Tools;

namespace AgentFunctions.Workflows;

/// <summary>
/// <c>Workflow.Create("report").Agent("draft", writer, "Write about {{input}}").Loop("refine", l => …, until: "…").Build()</c>.
/// Members and tools are given as definitions; the members must be registered with AddAgent as well. Conditions are texts
/// (see <see cref="Expressions.Expression"/>) or, made with <see cref="When(string)"/>, registered functions.
/// </summary>
public sealed class WorkflowBuilder
{
    private readonly StepList _steps = new();
    private AgentDefinition _frame;
    private string? _output;
    private double? _timeoutSeconds;

    internal WorkflowBuilder(string name) => _frame = new AgentDefinition
    {
        Name = name,
        Role = "workflow",
        Prompt = "",
        Model = ModelDefinition.None,
        MaxSteps = WorkflowDefinition.DefaultMaxSteps,
    };

    /// <summary>A condition that is a function registered with AddWorkflowCondition.</summary>
    public static StepTest When(string function) => new(Function: function);

    public WorkflowBuilder Description(string text) => With(_frame with { Description = text });

    public WorkflowBuilder Budget(RunBudget budget) => With(_frame with { Budget = budget });

    public WorkflowBuilder MaxSteps(int steps) => With(_frame with { MaxSteps = steps });

    /// <summary>A <see cref="Template"/> of the answer.</summary>
    public WorkflowBuilder Output(string template)
    {
        _output = template;
        return this;
    }

    public WorkflowBuilder Timeout(TimeSpan limit)
    {
        _timeoutSeconds = limit.TotalSeconds;
        return this;
    }

    /// <summary>Adds steps.</summary>
    public WorkflowBuilder Steps(Action<StepList> add)
    {
        add(_steps);
        return this;
    }

    public WorkflowBuilder Agent(string id, AgentDefinition member, string? input = null, Action<StepOptions>? options = null) =>
        Steps(s => s.Agent(id, member, input, options));

    public WorkflowBuilder Tool(string id, ToolDefinition tool, JsonObject? arguments = null, Action<StepOptions>? options = null) =>
        Steps(s => s.Tool(id, tool, arguments, options));

    public WorkflowBuilder Function(string id, string function, string? input = null, Action<StepOptions>? options = null) =>
        Steps(s => s.Function(id, function, input, options));

    public WorkflowBuilder Set(string id, JsonObject values) => Steps(s => s.Set(id, values));

    public WorkflowBuilder Parallel(string id, Action<StepList> branches, bool failFast = true) => Steps(s => s.Parallel(id, branches, failFast));

    public WorkflowBuilder Loop(string id, Action<StepList> round, string until, int maxIterations = WorkflowStep.DefaultMaxIterations) =>
        Steps(s => s.Loop(id, round, new StepTest(until), maxIterations));

    public WorkflowBuilder Condition(string id, string test, Action<StepList> then, Action<StepList>? otherwise = null) =>
        Steps(s => s.Condition(id, new StepTest(test), then, otherwise));

    public WorkflowBuilder Human(string id, string prompt, HumanRequest? request = null, Action<StepList>? otherwise = null) =>
        Steps(s => s.Human(id, prompt, request, otherwise));

    /// <summary>The definition; for <c>AddAgent</c> or <c>AddWorkflow</c>.</summary>
    public AgentDefinition Build()
    {
        var workflow = new WorkflowDefinition { Members = [], Steps = _steps.Steps, Output = _output, TimeoutSeconds = _timeoutSeconds };
        return Workflow.Of(_frame with { Tools = [.. _steps.Tools.DistinctBy(t => t.Name)] }, workflow, [.. _steps.Members.DistinctBy(m => m.Name)]);
    }

    private WorkflowBuilder With(AgentDefinition frame)
    {
        _frame = frame;
        return this;
    }
}
