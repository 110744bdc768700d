using AgentFunctions.Embedded.Engine;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>The context of an orchestrator, on the embedded engine. Versions and tags of calls are ignored.</summary>
internal sealed class EmbeddedTaskOrchestrationContext : TaskOrchestrationContext
{
    private readonly OrchestratorContext _engine;
    private readonly DataConverter _converter;
    private readonly EmbeddedRetries _retries;

    public EmbeddedTaskOrchestrationContext(OrchestratorContext engine, DataConverter converter, ILoggerFactory loggers)
    {
        (_engine, _converter, LoggerFactory) = (engine, converter, loggers);
        _retries = new EmbeddedRetries(this);
        Entities = new EmbeddedOrchestrationEntities(engine, converter);
    }

    public override TaskName Name => _engine.Name;

    public override string InstanceId => _engine.InstanceId;

    public override ParentOrchestrationInstance? Parent =>
        _engine.Parent is { } parent ? new ParentOrchestrationInstance(parent.Name, parent.InstanceId) : null;

    public override DateTime CurrentUtcDateTime => _engine.Now;

    public override bool IsReplaying => _engine.IsReplaying;

    public override TaskOrchestrationEntityFeature Entities { get; }

    protected override ILoggerFactory LoggerFactory { get; }

    public override T? GetInput<T>()
        where T : default => _converter.Deserialize<T>(_engine.Input);

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        RefuseOptionsAsInput(input, options);
        var serialized = _converter.Serialize(input);
        var result = await _retries.RunAsync(name, options?.Retry, () => _engine.CallActivityAsync(name, serialized));
        return Read<TResult>(result);
    }

    public override async Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        RefuseOptionsAsInput(input, options);
        var serialized = _converter.Serialize(input);
        var childId = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N"); // one id for all attempts
        RefuseEntityId(childId);
        var result = await _retries.RunAsync(
            orchestratorName, options?.Retry, () => _engine.CallSubOrchestrationAsync(orchestratorName, childId, serialized));
        return Read<TResult>(result);
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) =>
        _engine.CreateTimerAsync(fireAt.ToUniversalTime(), cancellationToken);

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
        Read<T>(await _engine.WaitForEventAsync(eventName, typeof(T), cancellationToken));

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        RefuseEntityId(instanceId);
        _engine.SendEvent(instanceId, eventName, _converter.Serialize(payload));
    }

    public override void SetCustomStatus(object? customStatus) => _engine.SetCustomStatus(_converter.Serialize(customStatus));

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        _engine.ContinueAsNew(_converter.Serialize(newInput), preserveUnprocessedEvents);

    public override Guid NewGuid() => _engine.NewGuid();

    internal static void RefuseEntityId(string? instanceId)
    {
        if (instanceId?.StartsWith('@') == true)
        {
            throw new ArgumentException($"'{instanceId}' is an entity id. Orchestration ids do not start with '@'; entities are reached through Entities.", nameof(instanceId));
        }
    }

    private T Read<T>(string? data) => _converter.Deserialize<T>(data)!;

    private static void RefuseOptionsAsInput(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException("A TaskOptions was passed as the input. Name the argument: options: ….", nameof(input));
        }
    }
}
