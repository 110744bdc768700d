// Registration of agents and tools: from a file, from code, or both.
using AgentFunctions.Approvals;
using AgentFunctions.Configuration;
using AgentFunctions.Output;
using AgentFunctions.Tools;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Tools.Limits;
using AgentFunctions.Tools.Mcp;
using AgentFunctions.Tools.Retrieval;
using AgentFunctions.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentFunctions.Agents;

public static class AgentServices
{
    /// <summary>
    /// Reads the configuration and adds it with the agent catalog, the definition resolver and the tool runner. Agents of the
    /// file may name the tools and outputs that AddAgentTools and AddAgentOutput added before. Needs an <see cref="IDefinitionStore"/> from the host.
    /// </summary>
    /// <param name="services">Where to add them.</param>
    /// <param name="configurationPath">The configuration file; null when everything is registered in code.</param>
    /// <param name="environment">Where <c>${VAR}</c> comes from; null for the process's environment variables.</param>
    /// <exception cref="ConfigurationException">The file cannot be used; every problem is in the message.</exception>
    public static AppConfiguration AddAgents(this IServiceCollection services, string? configurationPath, Func<string, string?>? environment = null)
    {
        var lookup = environment ?? Environment.GetEnvironmentVariable;
        var configuration = configurationPath is null
            ? AppConfiguration.Empty
            : ConfigurationLoader.Load(configurationPath, lookup, ToolsSoFar(services), OutputsSoFar(services), FunctionsSoFar(services));

        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(configuration);
        services.TryAddSingleton<MethodTools>();
        services.TryAddSingleton<WorkflowFunctions>();
        services.TryAddSingleton<IAgentCatalog, AgentCatalog>();
        services.TryAddSingleton<DefinitionResolver>();
        services.TryAddSingleton(_ => new HttpToolClient(lookup));
        services.TryAddSingleton(_ => new McpTransports(lookup));
        services.TryAddSingleton<McpServers>();
        services.AddHostedService(provider => provider.GetRequiredService<McpServers>());
        services.TryAddSingleton<DocumentSearch>();
        services.AddHostedService(provider => provider.GetRequiredService<DocumentSearch>());
        services.TryAddSingleton<AgentMeter>();
        services.TryAddSingleton<ToolLimits>();
        services.TryAddSingleton<IToolRunner, ToolRunner>();
        services.TryAddSingleton(provider => ActivatorUtilities.CreateInstance<ApprovalNotifier>(provider, lookup));
        return configuration;
    }

    /// <summary>Makes the [AgentTool] methods of <typeparamref name="T"/> tools that every agent may name.</summary>
    public static IServiceCollection AddAgentTools<T>(this IServiceCollection services) where T : class => services.AddAgentTools(typeof(T));

    /// <summary>
    /// Makes the [AgentTool] methods of a class tools. For each call of an instance method one instance is taken from a scope
    /// of its own; the class is registered as scoped unless it is registered already.
    /// </summary>
    public static IServiceCollection AddAgentTools(this IServiceCollection services, Type type)
    {
        if (!type.IsAbstract)
            services.TryAddScoped(type);
        return services.AddSingleton(new MethodToolSource(type));
    }

    /// <summary>Makes the shape of <typeparamref name="T"/> an output that agents of the file may name as <c>output.type</c>.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not written as a JSON object.</exception>
    public static IServiceCollection AddAgentOutput<T>(this IServiceCollection services, string name) =>
        services.AddSingleton(new OutputRegistration(name, OutputDefinition.For<T>(name)));

    /// <summary>Adds an agent made in code. Its tools are HTTP tools, or registered with AddAgentTools.</summary>
    public static IServiceCollection AddAgent(this IServiceCollection services, AgentDefinition agent) => services.AddAgent(_ => agent);

    /// <summary>Adds an agent made in code from models and tools that are found by name.</summary>
    public static IServiceCollection AddAgent(this IServiceCollection services, Func<AgentParts, AgentDefinition> create) =>
        services.AddSingleton(new AgentRegistration(create));

    private static Dictionary<string, OutputDefinition> OutputsSoFar(IServiceCollection services) =>
        services.Select(s => s.ImplementationInstance).OfType<OutputRegistration>().ToDictionary(o => o.Name, o => o.Output);

    private static WorkflowFunctions FunctionsSoFar(IServiceCollection services) =>
        new(services.Select(s => s.ImplementationInstance).OfType<WorkflowFunction>());

    private static IReadOnlyCollection<ToolDefinition> ToolsSoFar(IServiceCollection services) =>
        new MethodTools(services.Select(s => s.ImplementationInstance).OfType<MethodToolSource>()).Definitions;
}
