namespace Azure.Data.Tables;

/// <summary>A row of a table: its keys, version and time of the last change.</summary>
public interface ITableEntity
{
    string PartitionKey { get; set; }

    string RowKey { get; set; }

    /// <summary>When the service last changed the row; a value set here is ignored.</summary>
    DateTimeOffset? Timestamp { get; set; }

    ETag ETag { get; set; }
}

/// <summary>How an update treats the properties that it does not name.</summary>
public enum TableUpdateMode
{
    /// <summary>They stay.</summary>
    Merge = 0,

    /// <summary>They go.</summary>
    Replace = 1,
}
