namespace AgentFunctions.Embedded.Engine;

/// <summary>What one operation of an entity may read and change. A failed operation leaves no trace: its scope is dropped.</summary>
internal sealed class EntityScope(string entityId, string? state)
{
    public string EntityId => entityId;

    /// <summary>The serialized state; null means none.</summary>
    public string? State { get; set; } = state;

    public List<(string EntityId, OperationRequest Request, DateTime? DueAt)> Signals { get; } = [];

    public List<StartRequest> Orchestrations { get; } = [];
}
