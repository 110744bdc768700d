namespace Azure;

/// <summary>Version of an entity, as the service names it. Part of the subset of Azure.Core that the table client needs.</summary>
public readonly struct ETag : IEquatable<ETag>
{
    /// <summary>Matches every version.</summary>
    public static readonly ETag All = new("*");

    private readonly string? _value;

    public ETag(string etag) => _value = etag;

    public static bool operator ==(ETag left, ETag right) => left.Equals(right);

    public static bool operator !=(ETag left, ETag right) => !left.Equals(right);

    public bool Equals(ETag other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is ETag other && Equals(other);

    public override int GetHashCode() => _value?.GetHashCode(StringComparison.Ordinal) ?? 0;

    public override string ToString() => _value ?? "";
}
