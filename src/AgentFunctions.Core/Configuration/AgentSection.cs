// The `agents` section: each agent with its model and tools resolved.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Tools;

namespace AgentFunctions.Configuration;

internal static class AgentSection
{
    private static readonly string[] _roles = ["react"];

    public static IReadOnlyList<AgentDefinition> Read(ConfigMap root, ConfigParts parts)
    {
        var agents = new List<AgentDefinition>();
        foreach (var value in root.Get("agents")?.List() ?? [])
        {
            if (value.Map() is not { } map)
                continue;
            var agent = ReadAgent(map, parts);
            if (agents.Any(other => other.Name == agent.Name && agent.Name.Length > 0))
                map.Get("name")!.AddProblem($"there is already an agent '{agent.Name}'");
            agents.Add(agent);
        }

        return agents;
    }

    private static AgentDefinition ReadAgent(ConfigMap map, ConfigParts parts)
    {
        map.Require("prompt");
        var agent = ReadParts(map, ReadModel(map.Require("model"), parts.Models), parts) with
        {
            Role = map.Get("role")?.OneOf(_roles) ?? _roles[0],
            ParallelTools = map.Get("parallel_tools")?.Flag() ?? true,
        };
        map.End();
        return agent;
    }

    /// <summary>What agents and leaders of teams have alike; the caller ends the map.</summary>
    internal static AgentDefinition ReadParts(ConfigMap map, ModelDefinition model, ConfigParts parts)
    {
        var agent = new AgentDefinition
        {
            Name = map.Require("name")?.Name() ?? "",
            Description = map.Get("description")?.Text(),
            Prompt = map.Get("prompt")?.Text() ?? "",
            Model = model with
            {
                Temperature = map.Get("temperature")?.Number(0, 2) ?? model.Temperature,
                MaxTokens = map.Get("max_tokens")?.Integer(1) ?? model.MaxTokens,
                Fallbacks = map.Get("fallback_models") is { } chain ? ModelSection.ReadFallbacks(chain, model, parts.Models) : model.Fallbacks,
            },
            Tools = ReadTools(map.Get("tools"), parts.Tools),
            Approval = ApprovalSection.Read(map.Get("approval"), parameters: null),
            MaxSteps = map.Get("max_steps")?.Integer(1, 1000) ?? AgentDefinition.DefaultMaxSteps,
            Budget = map.Get("budget")?.Map() is { } budget ? ReadBudget(budget) : null,
            Budgets = BudgetSection.Read(map.Get("budgets")),
            PreHooks = HookSection.Read(map.Get("pre_hooks"), mayRunInBackground: false),
            PostHooks = HookSection.Read(map.Get("post_hooks"), mayRunInBackground: true),
            Output = OutputSection.Read(map.Get("output"), parts.Outputs),
            Mcp = McpSection.ReadSelections(map.Get("mcp_servers"), parts.Servers),
        };
        agent = agent with { MaxParallelTools = map.Get("max_parallel_tools")?.Integer(1, 1000) ?? agent.MaxParallelTools };
        return HistorySection.Read(map, agent, parts.Models);
    }

    internal static ModelDefinition ReadModel(ConfigValue? value, IReadOnlyDictionary<string, ModelDefinition> models)
    {
        var none = new ModelDefinition { Key = "", Provider = "", Model = "" };
        if (value?.Text() is not { } reference)
            return none;
        if (models.TryGetValue(reference, out var model))
            return model;
        if (ModelProviders.TryFind(models, reference, out model))
            return ModelSection.WithUsualKey(model, value);

        value.AddProblem($"there is no model '{reference}'; name a key of `models`, or provider/model", Spelling.Nearest(reference, models.Keys));
        return none;
    }

    private static List<ToolDefinition> ReadTools(ConfigValue? value, IReadOnlyDictionary<string, ToolDefinition> tools)
    {
        var chosen = new List<ToolDefinition>();
        foreach (var item in value?.List() ?? [])
        {
            if (item.Text() is not { } name)
                continue;
            if (!tools.TryGetValue(name, out var tool))
                item.AddProblem($"there is no tool '{name}', neither under `tools` nor registered in code", Spelling.Nearest(name, tools.Keys));
            else if (chosen.Contains(tool))
                item.AddProblem($"names the tool '{name}' a second time");
            else
                chosen.Add(tool);
        }

        return chosen;
    }

    internal static RunBudget ReadBudget(ConfigMap map)
    {
        var budget = new RunBudget(map.Get("tokens")?.Long(1), map.Get("cost_usd")?.Decimal(0), map.Get("seconds")?.Number(0))
        {
            Steps = map.Get("steps")?.Integer(1),
            ToolCalls = map.Get("tool_calls")?.Integer(0),
        };
        map.End();
        return budget;
    }
}
