namespace Microsoft.DurableTask;

/// <summary>The version of an orchestrator or activity; versions compare without case.</summary>
/// <remarks>Embedded: accepted and stored nowhere. One version of each function runs.</remarks>
public readonly struct TaskVersion : IEquatable<TaskVersion>
{
    public static readonly TaskVersion Unversioned;

    private readonly string? _version;

    /// <exception cref="ArgumentException">The version is nothing but white space.</exception>
    public TaskVersion(string? version)
    {
        if (!string.IsNullOrEmpty(version) && string.IsNullOrWhiteSpace(version))
            throw new ArgumentException($"A version is not white space; use {nameof(TaskVersion)}.{nameof(Unversioned)} for none.", nameof(version));
        _version = version;
    }

    public string Version => _version ?? string.Empty;

    public static implicit operator string(TaskVersion value) => value.Version;

    public static implicit operator TaskVersion(string? value) => new(value);

    public static bool operator ==(TaskVersion a, TaskVersion b) => a.Equals(b);

    public static bool operator !=(TaskVersion a, TaskVersion b) => !a.Equals(b);

    public bool Equals(TaskVersion other) => string.Equals(Version, other.Version, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is TaskVersion other && Equals(other);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Version);
}
