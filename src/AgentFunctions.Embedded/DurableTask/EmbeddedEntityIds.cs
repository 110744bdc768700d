using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>Entity ids as the engine writes them.</summary>
internal static class EmbeddedEntityIds
{
    /// <exception cref="ArgumentException">The id was never set.</exception>
    public static string ToEngineId(this EntityInstanceId id) =>
        id == default ? throw new ArgumentException("The entity's id is missing: make it with new EntityInstanceId(name, key).", nameof(id)) : id.ToString();
}
