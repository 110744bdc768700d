// Rows with a text of any length, and their transactions.
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>A row to write and the text that belongs to it.</summary>
internal sealed record RowWrite(TableTransactionActionType Action, TableEntity Row, string? Text = null, ETag ETag = default)
{
    /// <summary>The most rows that one transaction takes.</summary>
    public const int MaxRows = 100;

    public static RowWrite Add(TableEntity row, string? text = null) => new(TableTransactionActionType.Add, row, text);

    public static RowWrite Upsert(TableEntity row, string? text = null) => new(TableTransactionActionType.UpsertReplace, row, text);

    public static RowWrite Replace(TableEntity row, string? text, ETag version) => new(TableTransactionActionType.UpdateReplace, row, text, version);
}

/// <summary>
/// Writes and reads rows with their texts. A text within the limits of a property is in the row; a longer one is in rows of
/// its own in the same partition, keyed by its hash and written before the transaction that refers to it.
/// </summary>
/// <remarks>If that transaction never comes, the content rows are garbage that nothing refers to: no reader sees them.</remarks>
internal static class RowTexts
{
    private const string Inline = "Text";
    private const string ContentHash = "ContentHash";

    private const int InlineChars = 32_000; // a property holds 64 KiB of UTF-16
    private const int InlineCharsOfMany = 1_000;
    private const int TransactionChars = 500_000; // a transaction is at most 4 MiB, and JSON escapes may be 6 bytes a character
    private const int PropertyBytes = 64 * 1024;
    private const int ContentProperties = 10; // an entity is at most 1 MiB; Azurite measures it in base64
    private const int ParallelWrites = 4;

    /// <summary>Writes all rows or none; they share a partition and are at most <see cref="RowWrite.MaxRows"/>.</summary>
    /// <exception cref="RequestFailedException">409: a row to add exists; 412 or 404: a row to replace has changed or is gone.</exception>
    public static async Task SubmitAsync(this TableClient table, IReadOnlyList<RowWrite> writes, CancellationToken cancellationToken)
    {
        var limit = writes.Sum(write => write.Text?.Length ?? 0) <= TransactionChars ? InlineChars : InlineCharsOfMany;
        foreach (var write in writes.Where(write => write.Text is not null))
        {
            await SetTextAsync(table, write.Row, write.Text!, limit, cancellationToken);
        }
        await table.SubmitTransactionAsync(writes.Select(write => new TableTransactionAction(write.Action, write.Row, write.ETag)), cancellationToken);
    }

    /// <summary>The text of a row; null when it was written without.</summary>
    public static async Task<string?> ReadTextAsync(this TableClient table, TableEntity row, CancellationToken cancellationToken)
    {
        if (row.GetString(ContentHash) is not { } hash)
        {
            return row.GetString(Inline);
        }
        using var content = new MemoryStream();
        await foreach (var part in table.QueryAsync<TableEntity>(TableKeys.Prefixed(row.PartitionKey, ContentKey(hash)), cancellationToken: cancellationToken))
        {
            for (var n = 0; part.GetBinary($"P{n}") is { } bytes; n++)
            {
                content.Write(bytes);
            }
        }
        return Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length);
    }

    /// <summary>Deletes a row and the rows of its text; another row with the very same long text loses it as well. Safe to repeat.</summary>
    public static async Task DeleteWithTextAsync(this TableClient table, string partitionKey, string rowKey, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey, [ContentHash], cancellationToken);
        if (!found.HasValue)
        {
            return;
        }
        if (found.Value!.GetString(ContentHash) is { } hash)
        {
            await foreach (var part in table.QueryAsync<TableEntity>(TableKeys.Prefixed(partitionKey, ContentKey(hash)), select: [nameof(TableEntity.RowKey)], cancellationToken: cancellationToken))
            {
                await table.DeleteEntityAsync(partitionKey, part.RowKey, cancellationToken: cancellationToken);
            }
        }
        await table.DeleteEntityAsync(partitionKey, rowKey, cancellationToken: cancellationToken);
    }

    /// <summary>Deletes all rows of a partition, those of <paramref name="last"/> after the others. Safe to repeat.</summary>
    public static async Task DeletePartitionAsync(this TableClient table, string partitionKey, IReadOnlyCollection<string> last, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var row in table.QueryAsync<TableEntity>(
            $"PartitionKey eq '{partitionKey}'", select: [nameof(TableEntity.PartitionKey), nameof(TableEntity.RowKey)], cancellationToken: cancellationToken))
        {
            keys.Add(row.RowKey);
        }
        foreach (var some in keys.Except(last).Chunk(RowWrite.MaxRows).Append([.. keys.Intersect(last)]).Where(some => some.Length > 0))
        {
            await table.SubmitTransactionAsync(
                some.Select(key => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partitionKey, key), ETag.All)),
                cancellationToken);
        }
    }

    private static async Task SetTextAsync(TableClient table, TableEntity row, string text, int limit, CancellationToken cancellationToken)
    {
        if (text.Length <= limit)
        {
            row[Inline] = text;
            return;
        }
        var content = Encoding.UTF8.GetBytes(text);
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        await Parallel.ForEachAsync(
            ContentRows(row.PartitionKey, hash, content),
            new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites, CancellationToken = cancellationToken },
            async (part, cancellation) => await table.UpsertEntityAsync(part, TableUpdateMode.Replace, cancellation));
        row[ContentHash] = hash;
    }

    private static IEnumerable<TableEntity> ContentRows(string partitionKey, string hash, byte[] content) =>
        content.Chunk(PropertyBytes).Chunk(ContentProperties).Select((properties, n) =>
        {
            var row = new TableEntity(partitionKey, $"{ContentKey(hash)}{n:D4}");
            for (var p = 0; p < properties.Length; p++)
            {
                row[$"P{p}"] = properties[p];
            }
            return row;
        });

    private static string ContentKey(string hash) => $"content:{hash}:";
}
