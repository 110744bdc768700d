using System.Net.Http.Headers;

namespace Azure.Data.Tables;

/// <summary>A change of one entity as an HTTP request, sent alone or as a part of a batch.</summary>
internal static class TableRequest
{
    public const string MinimalMetadata = "application/json;odata=minimalmetadata";

    public static HttpRequestMessage Create(Uri table, TableTransactionAction action)
    {
        var entity = action.Entity;
        var uri = EntityUri(table, entity.PartitionKey, entity.RowKey);
        return action.ActionType switch
        {
            TableTransactionActionType.Add => WithBody(new HttpRequestMessage(HttpMethod.Post, table), entity),
            TableTransactionActionType.UpsertReplace => WithBody(new HttpRequestMessage(HttpMethod.Put, uri), entity),
            TableTransactionActionType.UpsertMerge => WithBody(new HttpRequestMessage(HttpMethod.Patch, uri), entity),
            TableTransactionActionType.UpdateReplace => WithVersion(WithBody(new HttpRequestMessage(HttpMethod.Put, uri), entity), action.ETag),
            TableTransactionActionType.UpdateMerge => WithVersion(WithBody(new HttpRequestMessage(HttpMethod.Patch, uri), entity), action.ETag),
            TableTransactionActionType.Delete => WithVersion(new HttpRequestMessage(HttpMethod.Delete, uri), action.ETag),
            _ => throw new ArgumentOutOfRangeException(nameof(action), action.ActionType, "Not an action type."),
        };
    }

    public static Uri EntityUri(Uri table, string partitionKey, string rowKey) =>
        new($"{table}(PartitionKey='{Quoted(partitionKey)}',RowKey='{Quoted(rowKey)}')");

    private static string Quoted(string key) => Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));

    private static HttpRequestMessage WithBody(HttpRequestMessage request, ITableEntity entity)
    {
        request.Content = new ByteArrayContent(TableJson.Write(entity));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }

    private static HttpRequestMessage WithVersion(HttpRequestMessage request, ETag etag)
    {
        request.Headers.TryAddWithoutValidation("If-Match", etag == default ? ETag.All.ToString() : etag.ToString());
        return request;
    }
}
