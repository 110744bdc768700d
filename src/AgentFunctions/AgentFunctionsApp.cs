// What both builds register: everything but the stores and the durable back end.
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Audit;
using AgentFunctions.Configuration;
using AgentFunctions.Costs;
using AgentFunctions.Health;
using AgentFunctions.Hooks;
using AgentFunctions.Http;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Teams;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using AgentFunctions.Tools;
using AgentFunctions.Traces;
using AgentFunctions.Workflows;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AgentFunctions;

public static class AgentFunctionsApp
{
    /// <summary>
    /// Loads the agents and registers what runs them. A build adds its stores (<see cref="IRunStore"/>,
    /// <see cref="ITraceStore"/>, …) and its <see cref="IRunHistory"/>.
    /// </summary>
    /// <param name="configuration">Setting <c>AGENTFUNCTIONS_CONFIG</c> names the file; without it, agents.yaml in <paramref name="contentRoot"/>.</param>
    /// <exception cref="ConfigurationException">The file cannot be used; the message names file, line and key of each mistake.</exception>
    public static IServiceCollection AddAgentFunctions(this IServiceCollection services, IConfiguration configuration, string contentRoot)
    {
        var path = configuration["AGENTFUNCTIONS_CONFIG"] is { Length: > 0 } named ? named : Path.Combine(contentRoot, "agents.yaml");
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IIdSource, GuidIdSource>();
        services.AddAgentTools<SampleTools>().AddSampleSteps();
        var app = services.AddAgents(path, Setting);
        services.AddModels(Setting);
        services.AddCosts(app);
        services.AddRunTelemetry(TracingFromConfiguration.Map(app.Observability, Setting));
        services.AddRunMetrics(MetricsOptions.Of(app.Observability));
        services.AddHealth();
        services.AddHooks();
        return services.AddRuns().AddTraceReading();

        string? Setting(string name) => configuration[name];
    }

    private static IServiceCollection AddRuns(this IServiceCollection services) => services
        .AddSingleton<RunCancellation>()
        .AddSingleton<CallModelRunner>()
        .AddSingleton<ApprovalAudit>()
        .AddSingleton<ApprovalDesk>()
        .AddSingleton<ApprovalGate>()
        .AddSingleton<ApprovalResolver>()
        .AddSingleton<ExecuteToolRunner>()
        .AddSingleton<RunFinisher>()
        .AddSingleton<MemberRuns>()
        .AddSingleton<ConfigurationAudit>()
        .AddSingleton<Conversation>()
        .AddSingleton<SessionSummarizer>()
        .AddSingleton<SessionFork>()
        .AddSingleton<Erasure>()
        .AddSingleton<RunInstances>()
        .AddSingleton<SessionMending>()
        .AddSingleton<RunCanceller>()
        .AddSingleton<MemberTasks>()
        .AddSingleton<DelegationRunner>()
        .AddSingleton<TeamAnswers>()
        .AddSingleton<BudgetAccounts>()
        .AddWorkflows()
        .AddSingleton<RunStarter>()
        .AddSingleton<SweepPosition>()
        .AddSingleton<EventStream>()
        .AddSingleton<Api>();
}
