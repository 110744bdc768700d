using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Microsoft.DurableTask.Client;

/// <summary>The state of an orchestration at one moment.</summary>
public sealed class OrchestrationMetadata
{
    public OrchestrationMetadata(string name, string instanceId) => (Name, InstanceId) = (name, instanceId);

    public string Name { get; }

    public string InstanceId { get; }

    /// <summary>Set exactly when inputs and outputs were asked for.</summary>
    public DataConverter? DataConverter { get; init; }

    public OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset LastUpdatedAt { get; init; }

    public string? SerializedInput { get; init; }

    public string? SerializedOutput { get; init; }

    public string? SerializedCustomStatus { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Why it failed, if it did.</summary>
    public TaskFailureDetails? FailureDetails { get; init; }

    public bool IsRunning => RuntimeStatus == OrchestrationRuntimeStatus.Running;

    public bool IsCompleted => RuntimeStatus
        is OrchestrationRuntimeStatus.Completed
        or OrchestrationRuntimeStatus.Failed
        or OrchestrationRuntimeStatus.Terminated;

    /// <exception cref="InvalidOperationException">Inputs and outputs were not asked for.</exception>
    public T? ReadInputAs<T>() => Read<T>(SerializedInput);

    /// <inheritdoc cref="ReadInputAs{T}"/>
    public T? ReadOutputAs<T>() => Read<T>(SerializedOutput);

    /// <inheritdoc cref="ReadInputAs{T}"/>
    public T? ReadCustomStatusAs<T>() => Read<T>(SerializedCustomStatus);

    public override string ToString()
    {
        var text = new StringBuilder(
            $"[Name: '{Name}', ID: '{InstanceId}', RuntimeStatus: {RuntimeStatus}, CreatedAt: {CreatedAt:s}, LastUpdatedAt: {LastUpdatedAt:s}");
        if (SerializedInput is not null)
            text.Append($", Input: '{Shorten(SerializedInput)}'");
        if (SerializedOutput is not null)
            text.Append($", Output: '{Shorten(SerializedOutput)}'");
        if (FailureDetails is not null)
            text.Append($", FailureDetails: '{FailureDetails.ErrorType} - {Shorten(FailureDetails.ErrorMessage)}'");
        return text.Append(']').ToString();
    }

    private T? Read<T>(string? data, [CallerMemberName] string caller = "") =>
        DataConverter is { } converter
            ? converter.Deserialize<T>(data)
            : throw new InvalidOperationException(
                $"{caller} needs the inputs and outputs: pass getInputsAndOutputs: true (or FetchInputsAndOutputs in a query).");

    private static string Shorten(string payload) => payload.Length > 50 ? $"{payload[..50]}..." : payload;
}
