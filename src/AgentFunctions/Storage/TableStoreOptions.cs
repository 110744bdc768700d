namespace AgentFunctions.Storage;

/// <summary>Where the table stores keep their data.</summary>
public sealed class TableStoreOptions
{
    /// <summary>Begins the name of each table: letters and digits, a letter first. Apps that share an account need different ones.</summary>
    public string TablePrefix { get; set; } = "AgentFunctions";
}
