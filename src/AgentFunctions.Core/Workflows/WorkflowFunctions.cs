// C# functions that workflows name: steps and conditions.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Tools;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Workflows;

/// <summary>What a function is called with.</summary>
/// <param name="RunId">The workflow's run.</param>
/// <param name="StepId">The step that calls.</param>
/// <param name="IdempotencyKey">The same on every repetition of this call.</param>
/// <param name="Input">The step's input, filled; of a condition, the run's input.</param>
/// <param name="State">All that expressions see: <c>input</c>, <c>steps</c>, <c>state</c>, <c>run</c>, <c>loop</c>.</param>
/// <param name="Services">Of a scope of this call.</param>
public sealed record StepCall(string RunId, string StepId, string IdempotencyKey, JsonElement Input, JsonElement State, IServiceProvider Services);

/// <summary>A registered function.</summary>
/// <param name="Effect">What repeating it would do; a condition only reads.</param>
public sealed record WorkflowFunction(string Name, bool IsCondition, ToolEffect Effect, Func<StepCall, CancellationToken, Task<object?>> Run);

/// <summary>The registered functions, by name.</summary>
public sealed class WorkflowFunctions(IEnumerable<WorkflowFunction> functions)
{
    private readonly IReadOnlyList<WorkflowFunction> _functions = [.. functions];

    public IEnumerable<string> Steps => _functions.Where(f => !f.IsCondition).Select(f => f.Name);

    public IEnumerable<string> Conditions => _functions.Where(f => f.IsCondition).Select(f => f.Name);

    public WorkflowFunction? Step(string name) => _functions.LastOrDefault(f => !f.IsCondition && f.Name == name);

    public WorkflowFunction? Condition(string name) => _functions.LastOrDefault(f => f.IsCondition && f.Name == name);
}

public static class WorkflowServices
{
    /// <summary>Makes a function a step that workflows may name as <c>function: {name}</c>. Its result becomes the step's output as JSON.</summary>
    /// <param name="services">Where to add it.</param>
    /// <param name="name">For workflows to name.</param>
    /// <param name="run">Throws to fail the step.</param>
    /// <param name="effect">What repeating it would do: a <see cref="ToolEffect.Once"/> function that a crash interrupted fails with OUTCOME_UNKNOWN instead of running again.</param>
    public static IServiceCollection AddWorkflowStep(
        this IServiceCollection services, string name, Func<StepCall, CancellationToken, Task<object?>> run, ToolEffect effect = ToolEffect.Once) =>
        services.AddSingleton(new WorkflowFunction(name, IsCondition: false, effect, run));

    /// <summary>Makes a function a condition that workflows may name as <c>{ function: {name} }</c>. It may be called more than once.</summary>
    public static IServiceCollection AddWorkflowCondition(this IServiceCollection services, string name, Func<StepCall, CancellationToken, Task<bool>> test) =>
        services.AddSingleton(new WorkflowFunction(name, IsCondition: true, ToolEffect.Pure, async (call, token) => await test(call, token)));

    /// <summary>Adds a workflow made in code from agents, teams and tools that are found by name.</summary>
    public static IServiceCollection AddWorkflow(this IServiceCollection services, Func<AgentParts, AgentDefinition> create) => services.AddAgent(create);

    /// <summary>What the activities of workflows need.</summary>
    public static IServiceCollection AddWorkflows(this IServiceCollection services) => services
        .AddSingleton<StepTests>()
        .AddSingleton<StepStarter>()
        .AddSingleton<StepFunctions>()
        .AddSingleton<StepPersons>()
        .AddSingleton<StepFinisher>()
        .AddSingleton<WorkflowRuns>();
}
