// The agents of the configuration file and those registered in code, as one catalog.
using System.Diagnostics.CodeAnalysis;
using AgentFunctions.Configuration;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;
using AgentFunctions.Workflows;

namespace AgentFunctions.Agents;

/// <summary>An agent made in code, from parts of the configuration where it likes.</summary>
internal sealed record AgentRegistration(Func<AgentParts, AgentDefinition> Create);

internal sealed class AgentCatalog : IAgentCatalog
{
    private readonly Dictionary<string, AgentDefinition> _agents = [];
    private readonly IReadOnlyDictionary<string, ModelDefinition> _models;
    private readonly McpServers _servers;

    /// <exception cref="ConfigurationException">A name is taken, a registered agent cannot be used, or there is no agent at all.</exception>
    public AgentCatalog(
        AppConfiguration configuration, MethodTools methods, McpServers servers, IEnumerable<AgentRegistration> registrations,
        IEnumerable<RunHookRegistration> hooks, IEnumerable<AgentHookRegistration> stepHooks, WorkflowFunctions functions)
    {
        _servers = servers;
        var problems = new List<string>();
        var parts = new AgentParts(configuration, methods.Definitions);
        foreach (var agent in configuration.Agents)
            _agents.Add(agent.Name, agent);
        foreach (var agent in registrations.Select(r => r.Create(parts)))
        {
            problems.AddRange(ProblemsOf(agent, methods));
            problems.AddRange(ProblemsOf(agent, functions));
            if (!_agents.TryAdd(agent.Name, agent))
                problems.Add($"there is already an agent '{agent.Name}'");
        }

        problems.AddRange(_agents.Values.SelectMany(ProblemsOfMembers));
        problems.AddRange(_agents.Values.SelectMany(agent => HookNames.ProblemsOf(agent, [.. hooks])));
        problems.AddRange(HookNames.ProblemsOf(stepHooks, _agents.Keys));
        problems.AddRange(_agents.Values.SelectMany(ApprovalProblemsOf).Distinct());
        if (_agents.Count == 0)
            problems.Add($"there is no agent; add one under `agents` in {configuration.Path ?? "a configuration file"}, or with AddAgent");
        if (problems.Count > 0)
            throw new ConfigurationException([.. problems.Select(text => new ConfigurationProblem("code", 0, 0, "agents", text))]);

        // Models of the file first: a key means what the file says.
        _models = configuration.Models.Values.Concat(_agents.Values.SelectMany(a => a.Model.Chain())).DistinctBy(m => m.Key).ToDictionary(m => m.Key);
    }

    public IReadOnlyList<AgentDefinition> Agents => [.. _agents.Values];

    public bool TryGet(string name, [NotNullWhen(true)] out AgentDefinition? agent) => _agents.TryGetValue(name, out agent);

    public bool TryGetModel(string reference, [NotNullWhen(true)] out ModelDefinition? model) => ModelProviders.TryFind(_models, reference, out model);

    public AgentDefinition WithModel(AgentDefinition agent, string model)
    {
        if (!TryGetModel(model, out var chosen))
            throw new ArgumentException($"There is no model '{model}'. Models: {string.Join(", ", _models.Keys)}; or name provider/model.", nameof(model));

        // What the agent itself set, and not its model's entry, stays in force.
        _models.TryGetValue(agent.Model.Key, out var entry);
        return agent with
        {
            Model = chosen with
            {
                Temperature = agent.Model.Temperature != entry?.Temperature ? agent.Model.Temperature : chosen.Temperature,
                MaxTokens = agent.Model.MaxTokens != entry?.MaxTokens ? agent.Model.MaxTokens : chosen.MaxTokens,
            },
        };
    }

    public AgentDefinition WithServerTools(AgentDefinition agent) => _servers.Complete(agent);

    private static IEnumerable<string> ProblemsOf(AgentDefinition agent, WorkflowFunctions functions) => agent.Workflow is { } workflow
        ? WorkflowCheck.ProblemsOf(workflow, functions).Select(problem => $"workflow '{agent.Name}': {problem}")
        : [];

    private IEnumerable<string> ProblemsOfMembers(AgentDefinition agent) =>
        from member in agent.Members
        where !_agents.TryGetValue(member.Name, out var found) || found.Hash != member.Hash
        select $"'{agent.Name}' names the member '{member.Name}', which is not registered as it is there: add it with AddAgent";

    private static IEnumerable<string> ApprovalProblemsOf(AgentDefinition agent)
    {
        if (agent.Approval?.Problem() is { } problem)
            yield return $"agent '{agent.Name}': its approval {problem}";
        foreach (var tool in agent.Tools)
        {
            if (tool.Approval?.Problem() is { } wrong)
                yield return $"tool '{tool.Name}': its approval {wrong}";
        }
    }

    private static IEnumerable<string> ProblemsOf(AgentDefinition agent, MethodTools methods)
    {
        if (!AgentNames.IsValid(agent.Name))
            yield return $"the agent name '{agent.Name}' must be {AgentNames.Rule}";
        if (agent.MaxSteps < 1)
            yield return $"agent '{agent.Name}': MaxSteps must be 1 or more, not {agent.MaxSteps}";
        if (agent.Output?.Problem() is { } problem)
            yield return $"agent '{agent.Name}': its output {problem}";
        foreach (var tool in agent.Tools.Where(t => t is { Http: null, Mcp: null, Retrieval: null, Member: null } && !methods.TryGet(t.Name, out _)))
            yield return $"agent '{agent.Name}': the tool '{tool.Name}' is neither an HTTP tool nor registered with AddAgentTools";
    }
}
