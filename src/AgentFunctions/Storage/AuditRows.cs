using System.Globalization;
using AgentFunctions.Audit;
using Azure;
using Azure.Data.Tables;

namespace AgentFunctions.Storage;

/// <summary>The rows of the audit log; the latest record has the lowest key.</summary>
internal static class AuditRows
{
    public const string Partition = "audit";
    public const string At = "At";
    public const string Hash = "Hash";
    public const string Key = "Key";
    public const string Sequence = "Sequence";

    private const string Entry = "entry:";

    public static string KeyOf(long sequence) => Entry + (long.MaxValue - sequence).ToString("D19", CultureInfo.InvariantCulture);

    public static string KeyOf(string key) => "key:" + TableKeys.Escape(key);

    public static long SequenceOf(TableEntity row) => long.MaxValue - long.Parse(row.RowKey.AsSpan(Entry.Length), CultureInfo.InvariantCulture);

    public static TableEntity KeyRow(string key, long sequence) => new(Partition, KeyOf(key)) { [Sequence] = sequence };

    /// <summary>Selects the records between two sequences.</summary>
    public static string Range(long after, long before) => TableKeys.Between(Partition, KeyOf(before - 1), KeyOf(after));

    public static string Filter(AuditQuery query, long before, long trimmed)
    {
        List<string> filter = [Range(trimmed, before)];
        AddEqual(filter, nameof(AuditRecord.RunId), query.RunId);
        AddEqual(filter, nameof(AuditRecord.SessionId), query.SessionId);
        AddEqual(filter, nameof(AuditRecord.UserId), query.UserId);
        AddEqual(filter, nameof(AuditRecord.AgentId), query.AgentId);
        AddEqual(filter, nameof(AuditRecord.Actor), query.Actor);
        if (query.Kind is { } kind && kind.EndsWith(".*", StringComparison.Ordinal))
        {
            filter.Add($"Kind ge {Quote(kind[..^1])} and Kind lt {Quote(kind[..^2] + '/')}"); // '/' is the character after '.'
        }
        else
        {
            AddEqual(filter, nameof(AuditRecord.Kind), query.Kind);
        }
        if (query.From is { } from)
        {
            filter.Add($"{At} ge {from.UtcTicks.ToString(CultureInfo.InvariantCulture)}L");
        }
        if (query.To is { } to)
        {
            filter.Add($"{At} lt {to.UtcTicks.ToString(CultureInfo.InvariantCulture)}L");
        }
        return string.Join(" and ", filter);
    }

    public static RowWrite ToWrite(AuditRecord record) => RowWrite.Add(
        new TableEntity(Partition, KeyOf(record.Sequence))
        {
            [nameof(record.Kind)] = record.Kind,
            [At] = record.At.UtcTicks,
            [nameof(record.Actor)] = record.Actor,
            [nameof(record.RunId)] = record.RunId,
            [nameof(record.SessionId)] = record.SessionId,
            [nameof(record.UserId)] = record.UserId,
            [nameof(record.AgentId)] = record.AgentId,
            [Key] = record.Key,
            [nameof(record.PreviousHash)] = record.PreviousHash,
            [Hash] = record.Hash,
        },
        record.DetailsJson);

    public static async Task<AuditRecord> ReadAsync(TableClient table, TableEntity row, CancellationToken cancellationToken) => new()
    {
        Sequence = SequenceOf(row),
        Kind = row.GetString(nameof(AuditRecord.Kind)) ?? "",
        At = new DateTimeOffset(row.GetInt64(At) ?? 0, TimeSpan.Zero),
        Actor = row.GetString(nameof(AuditRecord.Actor)),
        RunId = row.GetString(nameof(AuditRecord.RunId)),
        SessionId = row.GetString(nameof(AuditRecord.SessionId)),
        UserId = row.GetString(nameof(AuditRecord.UserId)),
        AgentId = row.GetString(nameof(AuditRecord.AgentId)),
        Key = row.GetString(Key),
        DetailsJson = await table.ReadTextAsync(row, cancellationToken) ?? "",
        PreviousHash = row.GetString(nameof(AuditRecord.PreviousHash)) ?? "",
        Hash = row.GetString(Hash) ?? "",
    };

    private static void AddEqual(List<string> filter, string property, string? value)
    {
        if (value is not null)
        {
            filter.Add($"{property} eq {Quote(value)}");
        }
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}

/// <summary>The head of the log: the latest record, and the last one that was trimmed.</summary>
internal sealed record AuditHead(AuditAnchor? Latest, AuditAnchor? Trimmed, ETag? Version)
{
    private const string Head = "head";
    private const string TrimmedSequence = "TrimmedSequence";
    private const string TrimmedHash = "TrimmedHash";

    public static async Task<AuditHead> ReadAsync(TableClient table, CancellationToken cancellationToken)
    {
        var response = await table.GetEntityIfExistsAsync<TableEntity>(AuditRows.Partition, Head, cancellationToken: cancellationToken);
        if (!response.HasValue)
        {
            return new AuditHead(null, null, null);
        }
        var row = response.Value!;
        var trimmed = row.GetString(TrimmedHash) is { } hash ? new AuditAnchor(row.GetInt64(TrimmedSequence)!.Value, hash) : null;
        return new AuditHead(new AuditAnchor(row.GetInt64(AuditRows.Sequence)!.Value, row.GetString(AuditRows.Hash)!), trimmed, row.ETag);
    }

    public RowWrite ToWrite()
    {
        var row = new TableEntity(AuditRows.Partition, Head)
        {
            [AuditRows.Sequence] = Latest!.Sequence,
            [AuditRows.Hash] = Latest.Hash,
            [TrimmedSequence] = Trimmed?.Sequence,
            [TrimmedHash] = Trimmed?.Hash,
        };
        return Version is { } version ? RowWrite.Replace(row, null, version) : RowWrite.Add(row);
    }
}
