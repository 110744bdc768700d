using AgentFunctions.Embedded.DurableTask;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.Worker;

/// <summary>Tells the durable engine which orchestrators, activities and entities the app has, and invokes them for it.</summary>
internal static class DurableFunctions
{
    /// <summary>Whether the app needs the engine: it has a durable trigger, or a function that takes a client.</summary>
    public static bool AreUsedIn(FunctionCatalog catalog) =>
        catalog.Functions.Any(function => function.Definition.InputBindings.Values.Any(binding =>
            binding.Type is "orchestrationTrigger" or "activityTrigger" or "entityTrigger" or "durableClient"));

    public static void Register(FunctionCatalog catalog, DurableFunctionRegistry registry, FunctionInvoker invoker)
    {
        catalog.ForEach<OrchestrationTriggerBinding>((function, trigger) => Add(trigger.Name ?? function.Name, name =>
            registry.AddOrchestrator(name, context => invoker.InvokeAsync(function, TriggerOf(context), CancellationToken.None))));
        catalog.ForEach<ActivityTriggerBinding>((function, trigger) => Add(trigger.Name ?? function.Name, name =>
            registry.AddActivity(name, call => invoker.InvokeAsync(function, TriggerOf(call), call.CancellationToken))));
        catalog.ForEach<EntityTriggerBinding>((function, trigger) => Add(trigger.Name ?? function.Name, name =>
            registry.AddEntity(name, async operation => await invoker.InvokeAsync(function, TriggerOf(operation), CancellationToken.None))));
    }

    private static void Add(string name, Action<string> add)
    {
        try
        {
            add(name);
        }
        catch (ArgumentException)
        {
            throw new FunctionDefinitionException($"another function has the durable name '{name}'; give one another name in its trigger attribute");
        }
    }

    private static TriggerData TriggerOf(TaskOrchestrationContext context) =>
        new(context) { BindingData = InstanceId(context.InstanceId) };

    private static TriggerData TriggerOf(ActivityInvocation call) =>
        new(call) { BindingData = InstanceId(call.InstanceId), TraceParent = call.TraceParent };

    private static TriggerData TriggerOf(TaskEntityOperation operation) =>
        new(operation) { BindingData = InstanceId(operation.Context.Id.ToString()) };

    private static Dictionary<string, object?> InstanceId(string id) => new(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = id };
}
