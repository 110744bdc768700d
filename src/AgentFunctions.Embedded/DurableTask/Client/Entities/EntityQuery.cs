namespace Microsoft.DurableTask.Client.Entities;

/// <summary>Which entities a query gives.</summary>
public record EntityQuery
{
    public const int DefaultPageSize = 100;

    private readonly string? _instanceIdStartsWith;

    /// <summary>
    /// The start of the entity's id. A missing leading <c>@</c> is added and the name part is lower-cased;
    /// <c>counter</c> finds also <c>counters</c>, <c>@counter@</c> does not.
    /// </summary>
    public string? InstanceIdStartsWith
    {
        get => _instanceIdStartsWith;
        init => _instanceIdStartsWith = value is null ? null : Normalize(value);
    }

    public DateTimeOffset? LastModifiedFrom { get; init; }

    public DateTimeOffset? LastModifiedTo { get; init; }

    public bool IncludeState { get; init; } = true;

    /// <summary>Whether entities that have no state are given too.</summary>
    public bool IncludeTransient { get; init; }

    public int? PageSize { get; init; }

    public string? ContinuationToken { get; init; }

    private static string Normalize(string value)
    {
        var prefix = value.StartsWith('@') ? value : $"@{value}";
        var separator = prefix.IndexOf('@', 1);
        var nameEnd = separator < 0 ? prefix.Length : separator;
        return prefix[..nameEnd].ToLowerInvariant() + prefix[nameEnd..];
    }
}
