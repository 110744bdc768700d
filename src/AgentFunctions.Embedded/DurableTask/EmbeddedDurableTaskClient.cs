using System.Diagnostics;
using System.Globalization;
using AgentFunctions.Embedded.Engine;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;

namespace AgentFunctions.Embedded.DurableTask;

/// <summary>
/// The client of the embedded engine. A call that returned is durable. Where it differs from the real one:
/// an event for an unknown or ended instance is refused here, waiting for an unknown instance is an error rather than endless,
/// only ended instances are purged, and an instance whose code went on after a failure is not rewound.
/// </summary>
internal sealed class EmbeddedDurableTaskClient(EngineClient engine, EntityClient entities, Rewinding rewinding, DataConverter converter)
    : DurableTaskClient("embedded")
{
    public override DurableEntityClient Entities { get; } = new EmbeddedDurableEntityClient(entities, converter);

    /// <exception cref="OrchestrationAlreadyExistsException">The instance id is taken by one that may not be replaced.</exception>
    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        var instanceId = options?.InstanceId ?? Outbox.NewId();
        RefuseUnportableId(instanceId);
        var request = new StartRequest(instanceId, orchestratorName, converter.Serialize(input))
        {
            StartAt = options?.StartAt?.UtcDateTime,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
            Tags = options?.Tags,
            Keep = (options?.DedupeStatuses ?? []).Select(ParseStatus).ToHashSet(),
        };
        return await engine.StartAsync(request, cancellation)
            ? instanceId
            : throw new OrchestrationAlreadyExistsException($"An orchestration with the instance id '{instanceId}' already exists.");
    }

    public override async Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        var payload = converter.Serialize(eventPayload);
        await SendAsync(instanceId, $"raise event '{eventName}' for", now => new EventRaised(now, eventName, payload), cancellation);
    }

    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        SendAsync(
            instanceId, "terminate",
            now => new ExecutionTerminated(now, converter.Serialize(options?.Output), options?.Recursive ?? false), cancellation);

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, "suspend", now => new ExecutionSuspended(now, reason), cancellation);

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        SendAsync(instanceId, "resume", now => new ExecutionResumed(now, reason), cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, status => status != InstanceStatus.Pending, getInputsAndOutputs, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, InstanceStatuses.HasEnded, getInputsAndOutputs, cancellation);

    public override async Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        RefuseNoOrchestration(instanceId);
        return await engine.FindAsync(instanceId, cancellation) is { } instance ? Describe(instance, getInputsAndOutputs) : null;
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        filter ??= new OrchestrationQuery();
        EmbeddedTaskOrchestrationContext.RefuseEntityId(filter.InstanceIdPrefix);
        return Pageable.Create<OrchestrationMetadata>(async (token, sizeHint, cancellation) =>
        {
            var size = Math.Max(1, sizeHint ?? filter.PageSize);
            var meant = new InstanceFilter(
                filter.CreatedFrom?.UtcDateTime, filter.CreatedTo?.UtcDateTime, ToEngine(filter.Statuses), filter.InstanceIdPrefix);
            var page = await engine.PageAsync(meant, ParseToken(token ?? filter.ContinuationToken), size, cancellation);
            var next = page.Count < size ? null : $"{page[^1].CreatedAt.Ticks}|{page[^1].InstanceId}";
            return new Page<OrchestrationMetadata>(page.ConvertAll(instance => Describe(instance, filter.FetchInputsAndOutputs)), next);
        });
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var purged = instanceId.StartsWith('@')
            ? await entities.PurgeAsync(instanceId, cancellation)
            : await engine.PurgeAsync(instanceId, options?.Recursive ?? false, cancellation);
        return new PurgeResult(purged, isComplete: true);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        if (filter.Timeout <= TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(filter), filter.Timeout, "The filter's Timeout must be above zero.");
        }
        var meant = new InstanceFilter(filter.CreatedFrom?.UtcDateTime, filter.CreatedTo?.UtcDateTime, ToEngine(filter.Statuses));
        var (purged, isComplete) = await engine.PurgeAsync(meant, options?.Recursive ?? false, filter.Timeout, cancellation);
        return new PurgeResult(purged, isComplete);
    }

    /// <exception cref="ArgumentException">There is no such instance.</exception>
    /// <exception cref="InvalidOperationException">It is to restart under its own id, but has not ended.</exception>
    public override async Task<string> RestartAsync(
        string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        RefuseNoOrchestration(instanceId);
        var newId = restartWithNewInstanceId ? Outbox.NewId() : instanceId;
        return await engine.RestartAsync(instanceId, newId, cancellation) switch
        {
            true => newId,
            false => throw new InvalidOperationException($"Cannot restart orchestration '{instanceId}': it has not ended. Terminate it first, or restart it under a new id."),
            null => throw Unknown(instanceId),
        };
    }

    /// <exception cref="ArgumentException">There is no such instance.</exception>
    /// <exception cref="InvalidOperationException">It has not failed, or what it did after a failure cannot be taken back.</exception>
    public override async Task RewindInstanceAsync(string instanceId, string reason, CancellationToken cancellation = default)
    {
        RefuseNoOrchestration(instanceId);
        if (!await rewinding.RewindAsync(instanceId, reason, cancellation))
        {
            throw Unknown(instanceId);
        }
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask; // the host owns the engine

    private async Task SendAsync(string instanceId, string action, Func<DateTime, HistoryEvent> message, CancellationToken cancellation)
    {
        RefuseNoOrchestration(instanceId);
        var status = await engine.SendAsync(instanceId, message, cancellation) ?? throw Unknown(instanceId);
        if (status.HasEnded())
        {
            throw new InvalidOperationException($"Cannot {action} orchestration '{instanceId}': it has ended ({status}).");
        }
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, Func<InstanceStatus, bool> condition, bool getInputsAndOutputs, CancellationToken cancellation)
    {
        RefuseNoOrchestration(instanceId);
        var instance = await engine.WaitAsync(instanceId, condition, cancellation) ?? throw Unknown(instanceId);
        return Describe(instance, getInputsAndOutputs);
    }

    private OrchestrationMetadata Describe(InstanceRow instance, bool getInputsAndOutputs) => new(instance.Name, instance.InstanceId)
    {
        RuntimeStatus = (OrchestrationRuntimeStatus)instance.Status,
        CreatedAt = instance.CreatedAt,
        LastUpdatedAt = instance.UpdatedAt,
        Tags = instance.Tags,
        DataConverter = getInputsAndOutputs ? converter : null,
        SerializedInput = getInputsAndOutputs ? instance.Input : null,
        SerializedOutput = getInputsAndOutputs ? instance.Output : null,
        SerializedCustomStatus = getInputsAndOutputs ? instance.CustomStatus : null,
        FailureDetails = getInputsAndOutputs ? instance.Failure?.ToDetails() : null,
    };

    /// <summary>No statuses named means any.</summary>
    private static List<InstanceStatus>? ToEngine(IEnumerable<OrchestrationRuntimeStatus>? statuses) =>
        statuses?.Select(status => (InstanceStatus)status).ToList() is { Count: > 0 } named ? named : null;

    private static void RefuseNoOrchestration(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        EmbeddedTaskOrchestrationContext.RefuseEntityId(instanceId);
    }

    /// <summary>Azure refuses these ids; refusing them here keeps an app from learning it there.</summary>
    private static void RefuseUnportableId(string instanceId)
    {
        const int MaxLength = 100;
        EmbeddedTaskOrchestrationContext.RefuseEntityId(instanceId);
        if (instanceId.Length is 0 or > MaxLength || instanceId.Any(c => c is '/' or '\\' or '#' or '?' || char.IsControl(c)))
        {
            throw new ArgumentException(
                $"'{instanceId}' cannot be an instance id: it has 1 to {MaxLength} characters, without / \\ # ? and control characters.");
        }
    }

    private static InstanceStatus ParseStatus(string status) =>
        Enum.TryParse<OrchestrationRuntimeStatus>(status, ignoreCase: true, out var parsed)
            ? (InstanceStatus)parsed
            : throw new ArgumentException($"'{status}' in DedupeStatuses is no runtime status. There are: {string.Join(", ", Enum.GetNames<OrchestrationRuntimeStatus>())}.");

    private static (DateTime CreatedAt, string InstanceId)? ParseToken(string? token)
    {
        if (token is null)
        {
            return null;
        }
        var bar = token.IndexOf('|', StringComparison.Ordinal);
        return bar > 0 && long.TryParse(token.AsSpan(0, bar), CultureInfo.InvariantCulture, out var ticks)
            ? (new DateTime(ticks, DateTimeKind.Utc), token[(bar + 1)..])
            : throw new ArgumentException("The continuation token is not one that an earlier page gave.");
    }

    private static ArgumentException Unknown(string instanceId) => new($"There is no orchestration with the instance id '{instanceId}'.");
}
