// Traces out of the store, as a stream of lines.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentFunctions.Traces;

/// <summary>How traces leave and enter the store.</summary>
public enum TraceFormat
{
    /// <summary>One span a line, in the store's own shape.</summary>
    Jsonl,

    /// <summary>OTLP JSON: one request for one trace; for many one request a line, as a collector's file exporter writes.</summary>
    Otlp,
}

/// <summary>Writes traces to a stream. It holds one trace at a time in memory.</summary>
public sealed class TraceExport(ITraceStore traces, ITraceQueries queries, string serviceName)
{
    private const int PageSize = 200;

    // A trace of many large spans is several requests, so that no line outgrows what an import reads.
    private const int LineBytes = 4 * 1024 * 1024;

    // Text goes out as it is, as everywhere in the API.
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One trace. As OTLP it is one document, whatever its size. False when the store has no such trace; then nothing is written.</summary>
    public async Task<bool> WriteTraceAsync(Stream output, string traceId, TraceFormat format, CancellationToken cancellationToken)
    {
        var spans = await traces.GetTraceAsync(traceId, int.MaxValue, cancellationToken);
        if (spans.Count == 0)
            return false;
        await WriteAsync(output, spans, format, lineBytes: long.MaxValue, cancellationToken);
        return true;
    }

    /// <summary>All traces that the query finds, latest first, whatever its limit and cursor; their spans are whole traces.</summary>
    public async Task WriteAsync(Stream output, TraceQuery query, TraceFormat format, CancellationToken cancellationToken)
    {
        var page = query with { Limit = PageSize, Cursor = null };
        while (true)
        {
            var found = await queries.ListTracesAsync(page, cancellationToken);
            foreach (var trace in found.Items)
            {
                var spans = await traces.GetTraceAsync(trace.TraceId, int.MaxValue, cancellationToken);
                await WriteAsync(output, spans, format, LineBytes, cancellationToken);
            }

            if (found.NextCursor is null)
                return;
            page = page with { Cursor = found.NextCursor };
        }
    }

    private async Task WriteAsync(Stream output, IReadOnlyList<SpanRecord> spans, TraceFormat format, long lineBytes, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var line in format == TraceFormat.Otlp ? Requests(spans, lineBytes) : spans.Select(s => new[] { s }))
        {
            buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(buffer, _json))
            {
                if (format == TraceFormat.Otlp)
                    OtlpJson.Write(json, line, serviceName);
                else
                    SpanLine.Write(json, line[0]);
            }

            buffer.Write("\n"u8);
            await output.WriteAsync(buffer.WrittenMemory, cancellationToken);
        }
    }

    // The size of a span is that of its attributes, nearly always; close enough for cutting.
    private static IEnumerable<SpanRecord[]> Requests(IReadOnlyList<SpanRecord> spans, long most)
    {
        var line = new List<SpanRecord>();
        var size = 0L;
        foreach (var span in spans)
        {
            var bytes = most == long.MaxValue ? 0 : span.Attributes.ToJsonString().Length + span.Events.ToJsonString().Length;
            if (line.Count > 0 && size + bytes > most)
            {
                yield return [.. line];
                line.Clear();
                size = 0;
            }

            line.Add(span);
            size += bytes;
        }

        if (line.Count > 0)
            yield return [.. line];
    }
}
