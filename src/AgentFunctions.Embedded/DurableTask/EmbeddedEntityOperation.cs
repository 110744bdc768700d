using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>One operation of an entity, with its state and context, on the embedded engine.</summary>
internal sealed class EmbeddedEntityOperation(EntityScope scope, OperationRequest request, DataConverter converter, TimeProvider time) : TaskEntityOperation
{
    public override string Name => request.Operation;

    public override TaskEntityContext Context { get; } = new EntityContext(scope, converter, time);

    public override TaskEntityState State { get; } = new EntityState(scope, converter);

    public override bool HasInput => request.Input is not null;

    public override object? GetInput(Type inputType) => converter.Deserialize(request.Input, inputType);

    private sealed class EntityState(EntityScope scope, DataConverter converter) : TaskEntityState
    {
        private object? _value;

        public override bool HasState => scope.State is not null;

        // As in Azure: what was read or set is what the next read gives, so an operation sees its own changes to the object.
        public override object? GetState(Type type) =>
            _value?.GetType().IsAssignableFrom(type) == true ? _value : _value = converter.Deserialize(scope.State, type);

        public override void SetState(object? state) => (scope.State, _value) = (converter.Serialize(state), state);
    }

    private sealed class EntityContext(EntityScope scope, DataConverter converter, TimeProvider time) : TaskEntityContext
    {
        public override EntityInstanceId Id { get; } = EntityInstanceId.FromString(scope.EntityId);

        public override void SignalEntity(EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null) =>
            scope.Signals.Add((
                id.ToEngineId(),
                new OperationRequest(operationName, converter.Serialize(input), null),
                options?.SignalTime?.UtcDateTime is { } at && at > time.GetUtcNow().UtcDateTime ? at : null));

        public override string ScheduleNewOrchestration(TaskName name, object? input = null, StartOrchestrationOptions? options = null)
        {
            var instanceId = options?.InstanceId ?? Outbox.NewId();
            EmbeddedTaskOrchestrationContext.RefuseEntityId(instanceId);
            scope.Orchestrations.Add(new StartRequest(instanceId, name, converter.Serialize(input))
            {
                StartAt = options?.StartAt?.UtcDateTime,
                Parent = new ParentCall(scope.EntityId, scope.EntityId, "", -1), // as in Azure; nobody waits for the result
                Tags = options?.Tags,
            });
            return instanceId;
        }
    }
}
