// What is wrong with a step, before any run meets it.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Expressions;

namespace AgentFunctions.Workflows;

internal static class WorkflowCheck
{
    /// <summary>What is wrong with a whole tree; each problem names its step.</summary>
    public static IEnumerable<string> ProblemsOf(WorkflowDefinition workflow, WorkflowFunctions functions)
    {
        var all = WorkflowDefinition.Walk(workflow.Steps).ToList();
        if (all.Count == 0)
            yield return "a workflow needs at least one step";
        foreach (var step in all)
        {
            foreach (var problem in ProblemsOf(step, all, functions))
                yield return $"step '{step.Id}' {problem}";
        }

        foreach (var problem in workflow.Output is { } output ? ProblemsOf(output, all) : [])
            yield return $"the output {problem}";
    }

    /// <param name="all">Every step of the workflow.</param>
    public static IEnumerable<string> ProblemsOf(WorkflowStep step, IReadOnlyList<WorkflowStep> all, WorkflowFunctions functions) =>
    [
        .. ProblemsOfId(step, all),
        .. ProblemsOfContent(step),
        .. ProblemsOfPlace(step, all),
        .. ProblemsOfFunction(step, functions),
        .. Texts(step).SelectMany(text => ProblemsOf(text, all)),
        .. Tests(step).SelectMany(test => ProblemsOf(test, all, functions)),
    ];

    /// <summary>What is wrong with a template.</summary>
    public static IEnumerable<string> ProblemsOf(string template, IEnumerable<WorkflowStep> all)
    {
        try
        {
            return [.. Template.Expressions(template).SelectMany(expression => ProblemsOf(expression, all))];
        }
        catch (ExpressionException e)
        {
            return [$"has a template that cannot be read: {e.Message} in '{template}'"];
        }
    }

    private static IEnumerable<string> ProblemsOfId(WorkflowStep step, IReadOnlyList<WorkflowStep> all)
    {
        if (!AgentNames.IsValid(step.Id) || !char.IsLetter(step.Id[0]))
            yield return $"has the id '{step.Id}', which must be {AgentNames.Rule} and begin with a letter";
        if (all.Count(other => other.Id == step.Id) > 1)
            yield return $"has an id that another step of the workflow has as well: '{step.Id}'";
    }

    private static IEnumerable<string> ProblemsOfContent(WorkflowStep step)
    {
        if (step is { Kind: StepKind.Sequence or StepKind.Parallel or StepKind.Loop or StepKind.Condition, Steps.Count: 0 })
            yield return "has no steps within";
        if (step is { Kind: StepKind.Router, Routes.Count: 0 })
            yield return "has no routes";
        if (step is { Kind: StepKind.Human, Human: { OnReject: RejectAction.Else }, Else.Count: 0 })
            yield return "has on_reject: else, and no `else` steps";
        if (step is { Kind: StepKind.Human, Human: { Pause: Approvals.ApprovalPause.UserInput, Fields: null or { Count: 0 } } })
            yield return "asks for user input, and names no `fields`";
    }

    private static IEnumerable<string> ProblemsOfPlace(WorkflowStep step, IReadOnlyList<WorkflowStep> all)
    {
        if (step.Human?.OnReject != RejectAction.Retry)
            return [];
        var within = all.SelectMany(other => other.Children).Select(child => child.Id).ToHashSet();
        IEnumerable<IReadOnlyList<WorkflowStep>> lists =
        [
            [.. all.Where(other => !within.Contains(other.Id))],
            .. all.Where(other => other.Kind != StepKind.Parallel).Select(other => other.Steps),
            .. all.SelectMany(other => other.Routes.Select(route => route.Steps).Append(other.Else).Append(other.Fallback)),
        ];
        return lists.Any(list => list.Skip(1).Any(other => other.Id == step.Id)) ? [] : ["has on_reject: retry, and no step before it that could be done again"];
    }

    private static IEnumerable<string> ProblemsOfFunction(WorkflowStep step, WorkflowFunctions functions)
    {
        if (step is { Kind: StepKind.Function, Target: { } name } && functions.Step(name) is null)
            yield return $"names the function '{name}', which is not registered with AddWorkflowStep{Registered(functions.Steps)}";
    }

    private static IEnumerable<string> ProblemsOf(StepTest test, IReadOnlyList<WorkflowStep> all, WorkflowFunctions functions)
    {
        if (test.Function is { } function)
            return functions.Condition(function) is null
                ? [$"names the condition '{function}', which is not registered with AddWorkflowCondition{Registered(functions.Conditions)}"]
                : [];
        try
        {
            return ProblemsOf(Expression.Parse(test.Expression!), all);
        }
        catch (ExpressionException e)
        {
            return [$"has a condition that cannot be read: {e.Message} in '{test.Expression}'"];
        }
    }

    private static IEnumerable<string> ProblemsOf(Expression expression, IEnumerable<WorkflowStep> all)
    {
        foreach (var path in expression.Paths)
        {
            if (!WorkflowState.Names.Contains(path[0]))
                yield return $"reads '{string.Join('.', path)}' in '{expression}'; a path begins with {string.Join(", ", WorkflowState.Names)}";
            else if (path[0] == "steps" && path.Count > 1 && all.All(step => step.Id != path[1]))
                yield return $"reads the step '{path[1]}' in '{expression}', and there is none of that id; there are {string.Join(", ", all.Select(step => step.Id))}";
        }
    }

    private static IEnumerable<StepTest> Tests(WorkflowStep step) => new[] { step.When, step.Test }.OfType<StepTest>();

    private static IEnumerable<string> Texts(WorkflowStep step) =>
        step.Arguments is { } arguments ? TextsIn(arguments) : step.Input is { } input ? [input] : [];

    private static IEnumerable<string> TextsIn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => TextsIn(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(TextsIn),
        _ => [],
    };

    private static string Registered(IEnumerable<string> names) => names.Any() ? $"; registered: {string.Join(", ", names)}" : "";
}
