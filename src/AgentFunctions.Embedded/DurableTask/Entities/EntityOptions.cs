namespace Microsoft.DurableTask.Entities;

/// <summary>How an entity operation is called; there are no options yet.</summary>
public record CallEntityOptions;

/// <summary>How an entity is signalled.</summary>
public record SignalEntityOptions
{
    /// <summary>When the signal is delivered; at once if null.</summary>
    public DateTimeOffset? SignalTime { get; init; }

    public static implicit operator SignalEntityOptions?(bool? value) => value is true ? new() : null;

    public static implicit operator SignalEntityOptions(DateTimeOffset value) => new() { SignalTime = value };
}
