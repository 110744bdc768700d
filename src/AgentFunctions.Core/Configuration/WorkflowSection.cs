// The `workflows` section: steps in a fixed order, and what each of them names.
using AgentFunctions.Agents;
using AgentFunctions.Tools;
using AgentFunctions.Workflows;

namespace AgentFunctions.Configuration;

internal static class WorkflowSection
{
    public static IReadOnlyList<Composite> Read(ConfigMap root, IReadOnlyDictionary<string, ToolDefinition> tools, WorkflowFunctions functions) =>
        [.. (root.Get("workflows")?.List() ?? []).Select(item => item.Map()).OfType<ConfigMap>().Select(map => ReadWorkflow(map, tools, functions)).OfType<Composite>()];

    private static Composite? ReadWorkflow(ConfigMap map, IReadOnlyDictionary<string, ToolDefinition> tools, WorkflowFunctions functions)
    {
        var reader = new StepReader(tools);
        var name = map.Require("name");
        var list = map.Require("steps");
        var (steps, output) = (reader.Steps(list), map.Get("output"));
        var definition = new WorkflowDefinition
        {
            Members = [],
            Steps = steps,
            Output = output?.Text(),
            TimeoutSeconds = map.Get("timeout")?.Duration(TimeSpan.FromMilliseconds(1))?.TotalSeconds,
        };
        var frame = new AgentDefinition
        {
            Name = name?.Name() ?? "",
            Description = map.Get("description")?.Text(),
            Role = "workflow",
            Prompt = "",
            Model = Models.ModelDefinition.None,
            Tools = reader.Tools,
            MaxSteps = map.Get("max_steps")?.Integer(1, 100_000) ?? WorkflowDefinition.DefaultMaxSteps,
            Budget = map.Get("budget")?.Map() is { } budget ? AgentSection.ReadBudget(budget) : null,
        };
        map.End();
        reader.Check(steps, functions);
        CheckOutput(output, definition);
        if (list is { IsList: true } && steps.Count == 0)
            list.AddProblem("is empty; a workflow needs at least one step");
        return name is null ? null : new Composite(frame.Name, name, reader.Members, found => Workflow.Of(frame, definition, found));
    }

    private static void CheckOutput(ConfigValue? output, WorkflowDefinition definition)
    {
        if (definition.Output is not { } template)
            return;
        foreach (var problem in WorkflowCheck.ProblemsOf(template, WorkflowDefinition.Walk(definition.Steps)))
            output!.AddProblem(problem);
    }
}
