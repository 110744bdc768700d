using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace AgentFunctions.Storage;

/// <summary>
/// A place in a list of traces or spans, which has the latest start first and orders equal starts by trace id and span id,
/// descending. A page ends at one; clients see it as a cursor.
/// </summary>
internal readonly record struct TracePosition(DateTimeOffset Start, string TraceId, string SpanId = "") : IComparable<TracePosition>
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public int CompareTo(TracePosition other) =>
        Start != other.Start ? other.Start.CompareTo(Start)
        : TraceId != other.TraceId ? string.CompareOrdinal(other.TraceId, TraceId)
        : string.CompareOrdinal(other.SpanId, SpanId);

    /// <param name="list">What the list is of, so that no other list takes the cursor.</param>
    public string ToCursor(string list) =>
        Base64Url.EncodeToString(s_utf8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{list}\n{Start.UtcTicks}\n{TraceId}\n{SpanId}")));

    /// <exception cref="FormatException">The text is no cursor, or one of another list.</exception>
    public static TracePosition? Read(string list, string? cursor)
    {
        if (cursor is null)
        {
            return null;
        }
        var parts = Decode(cursor).Split('\n');
        return parts.Length == 4 && parts[0] == list
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.UtcTicks
                ? new TracePosition(new DateTimeOffset(ticks, TimeSpan.Zero), parts[2], parts[3])
                : throw Refuse(null);
    }

    private static string Decode(string cursor)
    {
        try
        {
            return s_utf8.GetString(Base64Url.DecodeFromChars(cursor));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw Refuse(e);
        }
    }

    private static FormatException Refuse(Exception? inner) => new("The cursor is not one that this list issued. Start again without a cursor.", inner);
}
