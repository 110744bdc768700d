using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>Gives the engine the registered functions: converts their inputs, outputs and failures.</summary>
internal sealed class EmbeddedFunctions(DurableFunctionRegistry registry, DataConverter converter, ILoggerFactory loggers, TimeProvider time) : IEngineFunctions
{
    public OrchestratorCode? FindOrchestrator(string name) =>
        registry.Orchestrators.GetValueOrDefault(name) is { } run
            ? context => RunAsync(() => run(new EmbeddedTaskOrchestrationContext(context, converter, loggers)))
            : null;

    public ActivityCode? FindActivity(string name) =>
        registry.Activities.GetValueOrDefault(name) is { } run
            ? (activity, cancellation) => RunAsync(() => run(new ActivityInvocation(
                activity.Name, activity.InstanceId, activity.TaskId, activity.Input, activity.TraceParent, cancellation)))
            : null;

    public EntityCode? FindEntity(string name) =>
        registry.Entities.GetValueOrDefault(name) is { } run
            ? (scope, request) => RunAsync(() => run(new EmbeddedEntityOperation(scope, request, converter, time)).AsTask())
            : null;

    public Failure Unknown(string kind, string name)
    {
        ICollection<string> known = kind switch
        {
            "orchestrator" => registry.Orchestrators.Keys,
            "activity" => registry.Activities.Keys,
            _ => registry.Entities.Keys,
        };
        var names = known.Count == 0 ? "none" : string.Join(", ", known.Order(StringComparer.OrdinalIgnoreCase));
        return new Failure(
            typeof(InvalidOperationException).FullName!,
            $"There is no {kind} function named '{name}'. Registered: {names}. Check the name at the call, or add the function.",
            NonRetriable: true);
    }

    private async Task<string?> RunAsync(Func<Task<object?>> run)
    {
        try
        {
            return converter.Serialize(await run());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new FailureException(EmbeddedFailures.ToFailure(e));
        }
    }
}
