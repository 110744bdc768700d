// The hash chain of the audit log: how a record is hashed, and how a log is checked.
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AgentFunctions.Agents;

namespace AgentFunctions.Audit;

public static class AuditChain
{
    /// <summary>Stands for the hash of the record before the first.</summary>
    public static string Beginning { get; } = new('0', 64);

    // The form of the hashed bytes. A new form is a new number; records of the old one keep their hash.
    private const int Version = 1;

    private static readonly JsonWriterOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The record that follows <paramref name="head"/>.</summary>
    public static AuditRecord Next(AuditAnchor? head, AuditEntry entry)
    {
        var record = new AuditRecord
        {
            Sequence = (head?.Sequence ?? 0) + 1,
            Kind = entry.Kind,
            At = entry.At.ToUniversalTime(),
            Actor = entry.Actor,
            RunId = entry.RunId,
            SessionId = entry.SessionId,
            UserId = entry.UserId,
            AgentId = entry.AgentId,
            DetailsJson = entry.Details.ToJsonString(AgentJson.Options),
            Key = entry.Key,
            PreviousHash = head?.Hash ?? Beginning,
            Hash = "",
        };
        return record with { Hash = HashOf(record) };
    }

    /// <summary>SHA-256, lower-case hex, over a JSON array of all members but the hash in one fixed order, so that no two records share their bytes.</summary>
    public static string HashOf(AuditRecord record)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _writing))
        {
            json.WriteStartArray();
            json.WriteNumberValue(Version);
            json.WriteNumberValue(record.Sequence);
            json.WriteStringValue(record.PreviousHash);
            json.WriteNumberValue(record.At.UtcTicks);
            foreach (var text in (ReadOnlySpan<string?>)[record.Kind, record.Actor, record.RunId, record.SessionId, record.UserId, record.AgentId, record.Key, record.DetailsJson])
                json.WriteStringValue(text);
            json.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
    }

    /// <summary>A name for something in the log that does not tell what it is: SHA-256 of the UTF-8 text, lower-case hex.</summary>
    public static string Fingerprint(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
