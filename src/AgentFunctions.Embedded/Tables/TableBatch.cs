using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Azure.Data.Tables;

/// <summary>The multipart form of a transaction: one changeset of requests there, one of responses back.</summary>
internal sealed class TableBatch
{
    private readonly byte[] _body;
    private readonly string _boundary;

    private TableBatch(byte[] body, string boundary) => (_body, _boundary) = (body, boundary);

    public static TableBatch Create(Uri table, IReadOnlyList<TableTransactionAction> actions)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        using var body = new MemoryStream();
        Write(body, $"--batch_{id}\r\nContent-Type: multipart/mixed; boundary=changeset_{id}\r\n\r\n");
        foreach (var action in actions)
        {
            Write(body, $"--changeset_{id}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n");
            WriteRequest(body, table, action);
        }
        Write(body, $"--changeset_{id}--\r\n--batch_{id}--\r\n");
        return new TableBatch(body.ToArray(), $"batch_{id}");
    }

    public HttpContent Content() =>
        new ByteArrayContent(_body) { Headers = { ContentType = MediaTypeHeaderValue.Parse($"multipart/mixed; boundary={_boundary}") } };

    /// <summary>The answers to the changes, in order; a failed transaction has one, the failure.</summary>
    public static IReadOnlyList<TableResponse> ReadParts(TableResponse response)
    {
        var text = Encoding.UTF8.GetString(response.Body).ReplaceLineEndings("\n");
        return [.. text.Split("\nHTTP/1.1 ").Skip(1).Select(ReadPart)];
    }

    private static void WriteRequest(MemoryStream body, Uri table, TableTransactionAction action)
    {
        using var request = TableRequest.Create(table, action);
        Write(body, $"{request.Method} {request.RequestUri!.AbsoluteUri} HTTP/1.1\r\nAccept: {TableRequest.MinimalMetadata}\r\nPrefer: return-no-content\r\nDataServiceVersion: 3.0\r\n");
        if (request.Headers.TryGetValues("If-Match", out var etag))
        {
            Write(body, $"If-Match: {etag.First()}\r\n");
        }
        if (request.Content is { } content)
        {
            Write(body, "Content-Type: application/json\r\n\r\n");
            content.CopyTo(body, null, CancellationToken.None);
        }
        else
        {
            Write(body, "\r\n");
        }
        Write(body, "\r\n");
    }

    // A part is the status line, headers, an empty line, and the body up to the next boundary.
    private static TableResponse ReadPart(string part)
    {
        var lines = part.Split('\n');
        var status = lines[0].Split(' ', 2);
        var headers = lines.Skip(1).TakeWhile(line => line.Length > 0).ToList();
        var etag = headers.FirstOrDefault(h => h.StartsWith("ETag:", StringComparison.OrdinalIgnoreCase))?[5..].Trim();
        var body = string.Join('\n', lines.Skip(headers.Count + 2).TakeWhile(line => !line.StartsWith("--changeset", StringComparison.Ordinal)));
        return new TableResponse(
            int.Parse(status[0], CultureInfo.InvariantCulture), status.ElementAtOrDefault(1) ?? "", etag is null ? null : new ETag(etag), Encoding.UTF8.GetBytes(body));
    }

    private static void Write(MemoryStream body, string text) => body.Write(Encoding.UTF8.GetBytes(text));
}
