// What an agent made in code can be made of: the models and tools of the configuration, and the tools registered in code.
using AgentFunctions.Configuration;
using AgentFunctions.Models;
using AgentFunctions.Tools;

namespace AgentFunctions.Agents;

public sealed class AgentParts
{
    private readonly AppConfiguration _configuration;
    private readonly List<ToolDefinition> _tools;

    internal AgentParts(AppConfiguration configuration, IReadOnlyCollection<ToolDefinition> registeredTools)
    {
        _configuration = configuration;
        _tools = [.. configuration.Tools, .. registeredTools];
    }

    /// <summary>The model of that key of <c>models</c>, or of the form <c>provider/model</c>.</summary>
    /// <exception cref="ConfigurationException">There is none; the nearest key is suggested.</exception>
    public ModelDefinition Model(string reference) =>
        ModelProviders.TryFind(_configuration.Models, reference, out var model) ? model : throw Missing("model", reference, _configuration.Models.Keys);

    /// <summary>The tool of that name, from the file or from code.</summary>
    /// <exception cref="ConfigurationException">There is none; the nearest name is suggested.</exception>
    public ToolDefinition Tool(string name) =>
        _tools.FirstOrDefault(t => t.Name == name) ?? throw Missing("tool", name, _tools.Select(t => t.Name));

    /// <summary>The agent, team or workflow of that name in the file.</summary>
    /// <exception cref="ConfigurationException">There is none; the nearest name is suggested.</exception>
    public AgentDefinition Agent(string name) =>
        _configuration.Agents.FirstOrDefault(a => a.Name == name) ?? throw Missing("agent", name, _configuration.Agents.Select(a => a.Name));

    private static ConfigurationException Missing(string kind, string name, IEnumerable<string> known) =>
        new([new ConfigurationProblem("code", 0, 0, "agents", $"there is no {kind} '{name}'", Spelling.Nearest(name, known))]);
}
