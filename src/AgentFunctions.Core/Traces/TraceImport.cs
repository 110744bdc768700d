// Traces into the store, from a stream of lines.
using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace AgentFunctions.Traces;

/// <param name="Lines">Lines read, blank ones not counted.</param>
/// <param name="Spans">Spans written to the store; those that were there already are replaced.</param>
public sealed record TraceImportResult(long Lines, long Spans);

/// <summary>A line that could not be imported. What came before it is in the store.</summary>
/// <param name="line">From 1, blank lines counted.</param>
/// <param name="imported">Spans of earlier lines that were written.</param>
public sealed class TraceImportException(long line, long imported, string problem)
    : Exception($"Line {line}: {problem}. {imported} spans of the lines before it were imported; importing them again changes nothing.")
{
    public long Line => line;

    public long Imported => imported;
}

/// <summary>Reads lines of either format into the store, in batches.</summary>
public sealed class TraceImport(ITraceStore traces)
{
    /// <summary>The longest line, in bytes.</summary>
    public const int MaxLineBytes = 64 * 1024 * 1024;

    private const int BatchSize = 512;

    /// <exception cref="TraceImportException">A line is no span and no OTLP request; those before it are stored.</exception>
    public async Task<TraceImportResult> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        var (lines, spans) = (0L, 0L);
        var batch = new List<SpanRecord>();
        await foreach (var (number, found, problem) in LinesAsync(input, cancellationToken))
        {
            batch.AddRange(found);
            if (problem is not null || batch.Count >= BatchSize)
                spans += await FlushAsync(batch, cancellationToken);
            if (problem is not null)
                throw new TraceImportException(number, spans, problem);
            lines++;
        }

        spans += await FlushAsync(batch, cancellationToken);
        return new TraceImportResult(lines, spans);
    }

    private async Task<int> FlushAsync(List<SpanRecord> batch, CancellationToken cancellationToken)
    {
        var count = batch.Count;
        if (count > 0)
            await traces.UpsertAsync([.. batch], cancellationToken);
        batch.Clear();
        return count;
    }

    /// <summary>Each line that is not blank: its number, and its spans or what is wrong with it.</summary>
    private static async IAsyncEnumerable<(long Number, IReadOnlyList<SpanRecord> Spans, string? Problem)> LinesAsync(
        Stream input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 1024 * 1024, leaveOpen: true));
        var number = 0L;
        ReadResult read;
        do
        {
            read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (TakeLine(ref rest, read.IsCompleted) is { } line)
            {
                number++;
                if (!IsBlank(line))
                    yield return Parse(number, line);
            }

            if (rest.Length > MaxLineBytes)
                yield return (number + 1, [], $"it is longer than {MaxLineBytes / 1024 / 1024} MiB");
            reader.AdvanceTo(rest.Start, rest.End);
        }
        while (!read.IsCompleted);
        await reader.CompleteAsync();
    }

    private static ReadOnlySequence<byte>? TakeLine(ref ReadOnlySequence<byte> rest, bool isLast)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            var line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return line;
        }

        if (!isLast || rest.IsEmpty)
            return null;
        var last = rest;
        rest = rest.Slice(rest.End);
        return last;
    }

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        }

        return true;
    }

    private static (long Number, IReadOnlyList<SpanRecord> Spans, string? Problem) Parse(long number, ReadOnlySequence<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return (number, Spans(json.RootElement), null);
        }
        catch (JsonException e)
        {
            return (number, [], $"it is not JSON by itself ({e.Message.TrimEnd('.')}); each line must be one span or one OTLP request, which `jq -c .` makes of a longer document");
        }
        catch (InvalidSpanException e)
        {
            return (number, [], e.Message);
        }
    }

    private static IReadOnlyList<SpanRecord> Spans(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object when json.TryGetProperty("resourceSpans", out _) => OtlpJsonReader.Read(json),
        JsonValueKind.Object => [SpanLine.Read(json)],
        _ => throw new InvalidSpanException("an object is expected: a span, or an OTLP request with resourceSpans"),
    };
}
