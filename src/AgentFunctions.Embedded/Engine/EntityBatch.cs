using AgentFunctions.Embedded.Sqlite;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Processes what is due for one entity: operations one at a time, in order of arrival. While the entity is locked, only the
/// holder's calls get through; the others stay in the inbox. State, answers and sent messages are committed together with
/// the removal of the messages, so each operation takes effect exactly once.
/// </summary>
internal sealed class EntityBatch(EngineStore store, IEngineFunctions functions, string entityId)
{
    /// <summary>Bounds how long the first caller of a batch waits for the last operation of it.</summary>
    private const int MaxOperations = 16;

    private readonly List<InboxMessage<EntityMessage>> _processed = [];
    private readonly List<Action<Outbox>> _effects = [];
    private EntityRow _entity = null!;

    /// <summary>Told of operations that failed, for the log.</summary>
    public Action<string, Exception>? OperationFailed { get; init; }

    /// <summary>Returns false if more may be waiting.</summary>
    public async Task<bool> RunAsync()
    {
        var (entity, inbox) = await store.ReadAsync(Load);
        _entity = entity ?? new EntityRow(entityId, null, null, null, store.Now);
        while (_processed.Count < MaxOperations && inbox.Find(MayRun) is { } next)
        {
            inbox.Remove(next);
            await ProcessAsync(next.Body);
            _processed.Add(next);
        }
        if (_processed.Count > 0)
        {
            await store.WriteAsync(Commit);
        }
        return !inbox.Exists(MayRun);
    }

    private (EntityRow?, List<InboxMessage<EntityMessage>>) Load(SqliteConnection connection)
    {
        var entity = EntityTable.Find(connection, entityId, store.Now);
        // One more than a batch takes tells that there is more. The calls of a lock's holder may stand behind everybody else's.
        var limit = entity?.LockedBy is null ? MaxOperations + 1 : int.MaxValue;
        return (entity, Inbox.Due<EntityMessage>(connection, entityId, store.Now, limit));
    }

    private bool MayRun(InboxMessage<EntityMessage> message) => _entity.LockedBy is null || message.Body switch
    {
        OperationRequest { Caller: { } caller } => _entity.IsLockedBy(caller.InstanceId, caller.ExecutionId),
        LockRelease => true,
        _ => false,
    };

    private Task ProcessAsync(EntityMessage message)
    {
        switch (message)
        {
            case OperationRequest request:
                return RunOperationAsync(request);
            case LockRequest request:
                _entity = _entity with { LockedBy = request.Caller.InstanceId, LockedByExecution = request.Caller.ExecutionId };
                _effects.Add(outbox => PassLockOn(outbox, request));
                break;
            case LockRelease release when _entity.IsLockedBy(release.InstanceId, release.ExecutionId):
                _entity = _entity with { LockedBy = null, LockedByExecution = null };
                break;
        }
        return Task.CompletedTask;
    }

    private async Task RunOperationAsync(OperationRequest request)
    {
        var scope = new EntityScope(entityId, _entity.State);
        try
        {
            var name = EntityName(entityId);
            var code = functions.FindEntity(name) ?? throw new FailureException(functions.Unknown("entity", name));
            var result = await code(scope, request);
            _entity = _entity with { State = scope.State };
            _effects.Add(outbox => Send(outbox, scope));
            Answer(request.Caller, (now, taskId) => new EntityOperationCompleted(now, taskId, result));
        }
        catch (Exception e) // the operation's failure is its caller's; the entity goes on with its old state
        {
            Answer(request.Caller, (now, taskId) => new EntityOperationFailed(now, taskId, Failure.From(e)));
            OperationFailed?.Invoke(request.Operation, e);
        }
    }

    private void Answer(Caller? caller, Func<DateTime, int, HistoryEvent> answer)
    {
        if (caller is not null)
        {
            _effects.Add(outbox => Tell(outbox, caller, answer(outbox.Now, caller.TaskId)));
        }
    }

    private void Commit(Outbox outbox)
    {
        EntityTable.Save(outbox, _entity);
        _processed.ForEach(message => Inbox.Delete(outbox.Connection, message.Id));
        _effects.ForEach(effect => effect(outbox));
    }

    private void PassLockOn(Outbox outbox, LockRequest request)
    {
        var caller = request.Caller;
        if (!InstanceTable.IsActive(outbox.Connection, caller.InstanceId, caller.ExecutionId))
        {
            outbox.Send(entityId, new LockRelease(caller.InstanceId, caller.ExecutionId)); // it ended while its request was under way
        }
        else if (request.Position + 1 < request.EntityIds.Count)
        {
            outbox.Send(request.EntityIds[request.Position + 1], request with { Position = request.Position + 1 });
        }
        else
        {
            Tell(outbox, caller, new EntityLockGranted(outbox.Now, caller.TaskId));
        }
    }

    private static void Send(Outbox outbox, EntityScope scope)
    {
        foreach (var (target, request, dueAt) in scope.Signals)
        {
            outbox.Send(target, request, dueAt);
        }
        foreach (var start in scope.Orchestrations)
        {
            InstanceTable.TryStart(outbox, start); // an id that is taken is left alone: a signal has nobody to complain to
        }
    }

    private static void Tell(Outbox outbox, Caller caller, HistoryEvent message)
    {
        if (InstanceTable.IsActive(outbox.Connection, caller.InstanceId, caller.ExecutionId))
        {
            outbox.Send(caller.InstanceId, message, caller.ExecutionId);
        }
    }

    private static string EntityName(string entityId) => entityId[1..entityId.IndexOf('@', 1)];
}
