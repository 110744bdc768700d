namespace Azure.Data.Tables;

/// <summary>
/// A storage account's tables. This is an API-compatible subset of the package Azure.Data.Tables (12.x), with what our
/// stores use: it speaks the service's REST protocol to Azurite and to storage accounts.
/// </summary>
/// <remarks>
/// Left out: token and SAS credentials, the synchronous methods, LINQ filters, entity types other than
/// <see cref="TableEntity"/>, access policies and service properties.
/// </remarks>
public class TableServiceClient
{
    private readonly TablePipeline _pipeline;

    /// <param name="connectionString">With account name and key, or <c>UseDevelopmentStorage=true</c>.</param>
    /// <exception cref="ArgumentException">It lacks a part; the message names it.</exception>
    public TableServiceClient(string connectionString)
        : this(connectionString, null)
    {
    }

    public TableServiceClient(string connectionString, TableClientOptions? options = null) =>
        _pipeline = new TablePipeline(StorageAccount.Parse(connectionString), options ?? new TableClientOptions());

    public virtual string AccountName => _pipeline.Account.Name;

    public virtual Uri Uri => _pipeline.Account.TableEndpoint;

    public virtual TableClient GetTableClient(string tableName) => new(_pipeline, tableName);
}
