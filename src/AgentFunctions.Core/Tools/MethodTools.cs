// The tools that the app registered in code, by name.
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;

namespace AgentFunctions.Tools;

/// <summary>A class whose [AgentTool] methods are tools.</summary>
internal sealed record MethodToolSource(Type Type);

internal sealed class MethodTools
{
    private readonly Dictionary<string, MethodTool> _tools = [];

    /// <exception cref="ConfigurationException">A class has no tool, or a tool's name is taken or unusable.</exception>
    public MethodTools(IEnumerable<MethodToolSource> sources)
    {
        var problems = new List<ConfigurationProblem>();
        foreach (var type in sources.Select(s => s.Type).Distinct())
        {
            var tools = ToolsOf(type);
            if (tools.Count == 0)
                problems.Add(Problem(type, "has no method marked [AgentTool]"));
            foreach (var tool in tools)
            {
                if (!AgentNames.IsValid(tool.Definition.Name))
                    problems.Add(Problem(type, $"the tool name '{tool.Definition.Name}' must be {AgentNames.Rule}"));
                else if (!_tools.TryAdd(tool.Definition.Name, tool))
                    problems.Add(Problem(type, $"there is already a tool '{tool.Definition.Name}'; set [AgentTool(Name = …)]"));
            }
        }

        if (problems.Count > 0)
            throw new ConfigurationException(problems);
    }

    public IReadOnlyCollection<ToolDefinition> Definitions => [.. _tools.Values.Select(t => t.Definition)];

    public bool TryGet(string name, [NotNullWhen(true)] out MethodTool? tool) => _tools.TryGetValue(name, out tool);

    private static List<MethodTool> ToolsOf(Type type) =>
    [
        .. from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static)
           let attribute = method.GetCustomAttribute<AgentToolAttribute>()
           where attribute is not null
           select new MethodTool(method, attribute),
    ];

    private static ConfigurationProblem Problem(Type type, string text) => new("code", 0, 0, type.Name, text);
}
