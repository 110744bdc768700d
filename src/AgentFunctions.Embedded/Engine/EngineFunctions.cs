namespace AgentFunctions.Embedded.Engine;

/// <summary>Runs an activity and gives its serialized result.</summary>
internal delegate Task<string?> ActivityCode(ActivityWork activity, CancellationToken cancellation);

/// <summary>Runs one operation on an entity: reads and changes the scope, gives the serialized result.</summary>
internal delegate Task<string?> EntityCode(EntityScope scope, OperationRequest request);

/// <summary>The code that the engine runs, by name; names compare case-insensitively, as function names do.</summary>
internal interface IEngineFunctions
{
    OrchestratorCode? FindOrchestrator(string name);

    ActivityCode? FindActivity(string name);

    EntityCode? FindEntity(string name);

    /// <summary>Says that there is no such function, and which ones there are.</summary>
    /// <param name="kind">orchestrator, activity or entity.</param>
    Failure Unknown(string kind, string name);
}
