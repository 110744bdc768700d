using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

/// <summary>One table. Part of the API-compatible subset of Azure.Data.Tables; see <see cref="TableServiceClient"/>.</summary>
public class TableClient
{
    private readonly TablePipeline _pipeline;

    public TableClient(string connectionString, string tableName)
        : this(connectionString, tableName, null)
    {
    }

    public TableClient(string connectionString, string tableName, TableClientOptions? options = null)
        : this(new TablePipeline(StorageAccount.Parse(connectionString), options ?? new TableClientOptions()), tableName)
    {
    }

    internal TableClient(TablePipeline pipeline, string tableName) => (_pipeline, Name) = (pipeline, tableName);

    public virtual string Name { get; }

    public virtual string AccountName => _pipeline.Account.Name;

    public virtual Uri Uri => new($"{_pipeline.Account.TableEndpoint}/{Name}");

    /// <summary>Creates the table. When it is there the response has status 409 and nothing is changed.</summary>
    public virtual async Task<Response<TableItem>> CreateIfNotExistsAsync(CancellationToken cancellationToken = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { TableName = Name });
        var response = await _pipeline.SendAsync(
            () => Prepared(new HttpRequestMessage(HttpMethod.Post, $"{_pipeline.Account.TableEndpoint}/Tables") { Content = Json(body) }),
            cancellationToken,
            expected: 409);
        return Response.FromValue(new TableItem(Name), response);
    }

    /// <summary>Deletes the table; a missing one is no error.</summary>
    public virtual async Task<Response> DeleteAsync(CancellationToken cancellationToken = default) =>
        await _pipeline.SendAsync(
            () => Prepared(new HttpRequestMessage(HttpMethod.Delete, $"{_pipeline.Account.TableEndpoint}/Tables('{Name}')")),
            cancellationToken,
            expected: 404);

    /// <exception cref="RequestFailedException">409 EntityAlreadyExists.</exception>
    public virtual Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        SendAsync(new TableTransactionAction(TableTransactionActionType.Add, entity), cancellationToken);

    public virtual Task<Response> UpsertEntityAsync<T>(T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        SendAsync(new TableTransactionAction(mode == TableUpdateMode.Merge ? TableTransactionActionType.UpsertMerge : TableTransactionActionType.UpsertReplace, entity), cancellationToken);

    /// <exception cref="RequestFailedException">412 UpdateConditionNotSatisfied: the entity has another version; 404: it is gone.</exception>
    public virtual Task<Response> UpdateEntityAsync<T>(T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        SendAsync(new TableTransactionAction(mode == TableUpdateMode.Merge ? TableTransactionActionType.UpdateMerge : TableTransactionActionType.UpdateReplace, entity, ifMatch), cancellationToken);

    /// <summary>Deletes an entity; a missing one is no error.</summary>
    /// <exception cref="RequestFailedException">412 UpdateConditionNotSatisfied: the entity has another version.</exception>
    public virtual async Task<Response> DeleteEntityAsync(string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        await _pipeline.SendAsync(
            () => Prepared(TableRequest.Create(Uri, new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partitionKey, rowKey), ifMatch))),
            cancellationToken,
            expected: 404);

    /// <exception cref="RequestFailedException">404 ResourceNotFound.</exception>
    public virtual async Task<Response<T>> GetEntityAsync<T>(string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var response = await GetAsync(partitionKey, rowKey, select, expected: 200, cancellationToken);
        return Response.FromValue(Entity<T>(response), response);
    }

    public virtual async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var response = await GetAsync(partitionKey, rowKey, select, expected: 404, cancellationToken);
        return response.Status == 404 ? new MissingResponse<T>(response) : Response.FromValue(Entity<T>(response), response);
    }

    /// <summary>The entities that match, in the order of their keys.</summary>
    /// <param name="filter">An OData filter; null for all.</param>
    /// <param name="maxPerPage">The most entities of a page, at most 1000.</param>
    /// <param name="select">The properties to return; null for all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    public virtual AsyncPageable<T> QueryAsync<T>(string? filter = null, int? maxPerPage = null, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        new QueryResults<T>(this, filter, maxPerPage, select, cancellationToken);

    /// <summary>Makes all changes or none: at most 100, on one partition, 4 MiB together.</summary>
    /// <exception cref="TableTransactionFailedException">With the status and code of the change that failed.</exception>
    public virtual async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
    {
        var batch = TableBatch.Create(Uri, [.. transactionActions]);
        var response = await _pipeline.SendAsync(
            () => Prepared(new HttpRequestMessage(HttpMethod.Post, $"{_pipeline.Account.TableEndpoint}/$batch") { Content = batch.Content() }),
            cancellationToken);
        var parts = TableBatch.ReadParts(response);
        return parts.FirstOrDefault(part => part.IsError) is { } failed
            ? throw new TableTransactionFailedException(failed.ToException())
            : Response.FromValue<IReadOnlyList<Response>>(parts, response);
    }

    private async Task<Response> SendAsync(TableTransactionAction action, CancellationToken cancellationToken) =>
        await _pipeline.SendAsync(() => Prepared(TableRequest.Create(Uri, action)), cancellationToken);

    private Task<TableResponse> GetAsync(string partitionKey, string rowKey, IEnumerable<string>? select, int expected, CancellationToken cancellationToken)
    {
        var query = select is null ? "" : $"?$select={WebUtility.UrlEncode(string.Join(',', select))}";
        return _pipeline.SendAsync(
            () => Prepared(new HttpRequestMessage(HttpMethod.Get, TableRequest.EntityUri(Uri, partitionKey, rowKey) + query)), cancellationToken, expected);
    }

    private static T Entity<T>(TableResponse response)
        where T : class, ITableEntity
    {
        using var json = JsonDocument.Parse(response.Body);
        return TableJson.Read(json.RootElement).As<T>();
    }

    private static HttpRequestMessage Prepared(HttpRequestMessage request)
    {
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(TableRequest.MinimalMetadata));
        request.Headers.TryAddWithoutValidation("Prefer", "return-no-content");
        return request;
    }

    private static ByteArrayContent Json(byte[] body) =>
        new(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse("application/json") } };

    private sealed class QueryResults<T>(TableClient table, string? filter, int? maxPerPage, IEnumerable<string>? select, CancellationToken cancellationToken)
        : AsyncPageable<T>(cancellationToken)
        where T : class, ITableEntity
    {
        public override IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null) =>
            PagesAsync(continuationToken, pageSizeHint ?? maxPerPage, CancellationToken);

        private async IAsyncEnumerable<Page<T>> PagesAsync(string? token, int? size, [EnumeratorCancellation] CancellationToken cancellation)
        {
            do
            {
                var uri = QueryUri(token, size);
                var response = await table._pipeline.SendAsync(() => Prepared(new HttpRequestMessage(HttpMethod.Get, uri)), cancellation);
                using var json = JsonDocument.Parse(response.Body);
                var values = json.RootElement.GetProperty("value").EnumerateArray().Select(e => TableJson.Read(e).As<T>()).ToList();
                token = response.Continuation;
                yield return new TablePage<T>(values, token, response);
            }
            while (token is not null);
        }

        private Uri QueryUri(string? token, int? size)
        {
            var query = new StringBuilder();
            Append(query, "$filter", filter);
            Append(query, "$top", size?.ToString());
            Append(query, "$select", select is null ? null : string.Join(',', select));
            if (token?.Split(' ') is [var partition, var row])
            {
                query.Append($"{Separator(query)}NextPartitionKey={partition}");
                query.Append(row.Length == 0 ? "" : $"&NextRowKey={row}");
            }
            return new Uri($"{table.Uri}(){query}");
        }

        private static void Append(StringBuilder query, string name, string? value)
        {
            if (value is not null)
            {
                query.Append($"{Separator(query)}{name}={Uri.EscapeDataString(value)}");
            }
        }

        private static char Separator(StringBuilder query) => query.Length == 0 ? '?' : '&';
    }
}
