namespace AgentFunctions.Local.Storage;

/// <summary>Conditions that all hold, and their values, which never stand in the text.</summary>
internal sealed class SqlConditions
{
    private readonly List<string> _conditions = [];
    private readonly List<(string Name, object? Value)> _values = [];

    public (string Name, object? Value)[] Values => [.. _values];

    /// <summary>The name under which a statement refers to the value.</summary>
    public string Value(object? value)
    {
        _values.Add(($"@p{_values.Count}", value));
        return _values[^1].Name;
    }

    public SqlConditions Add(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    /// <summary>Keeps the rows whose column has this value; null keeps all. Returns the condition, or null.</summary>
    public string? Equal(string column, string? value)
    {
        if (value is null)
        {
            return null;
        }
        Add($"{column} = {Value(value)}");
        return _conditions[^1];
    }

    /// <summary>Keeps the rows from one time on and before another; null does not limit.</summary>
    public SqlConditions Between(string column, DateTimeOffset? from, DateTimeOffset? to)
    {
        if (from is { } first)
        {
            Add($"{column} >= {Value(first.UtcTicks)}");
        }
        if (to is { } end)
        {
            Add($"{column} < {Value(end.UtcTicks)}");
        }
        return this;
    }

    public override string ToString() => _conditions.Count == 0 ? "1" : string.Join(" AND ", _conditions);
}
