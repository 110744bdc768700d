using System.Security.Cryptography;
using System.Text;
using AgentFunctions.Traces;

namespace AgentFunctions.Storage;

/// <summary>A list of traces: all of them, or those with one value of one kind, such as a session.</summary>
/// <param name="Name">Begins the keys of the list's rows; empty for all traces.</param>
internal readonly record struct TraceList(string Name)
{
    public static TraceList All { get; } = new("");

    public bool IsAll => Name.Length == 0;

    public static TraceList Of(string kind, string value) => new($"{kind}:{TableKeys.Escape(value)}");
}

/// <summary>
/// Keys of the lists of traces, which have the latest minute first. The list of all traces has a partition an hour, so that
/// many hours can be read at once; the other lists share a few partitions, so that the rows of many traces go in one
/// transaction.
/// </summary>
internal static class TraceListKeys
{
    private const int SharedPartitions = 8;
    private const char Separator = '|'; // no escaped id has it
    private const int PlaceLength = 19;

    public static string Partition(TraceList list, DateTimeOffset minute) => list.IsAll
        ? "all:" + TableKeys.Latest(Floor(minute, TimeSpan.FromHours(1)))
        : $"list:{SHA256.HashData(Encoding.UTF8.GetBytes(list.Name))[0] % SharedPartitions:D2}";

    /// <param name="n">0, or the number of a further row of the same trace and minute.</param>
    public static string Key(TraceList list, DateTimeOffset minute, string traceId, int n = 0) =>
        FirstOf(list, minute) + TableKeys.Escape(traceId) + (n == 0 ? "" : $"{Separator}{n}");

    /// <summary>Begins the keys of a minute.</summary>
    public static string FirstOf(TraceList list, DateTimeOffset minute) => $"{list.Name}{Separator}{TableKeys.Latest(minute)}{Separator}";

    public static DateTimeOffset MinuteOf(string key)
    {
        var place = key.AsSpan(key.IndexOf(Separator, StringComparison.Ordinal) + 1, PlaceLength);
        return TableKeys.ReadLatest(place);
    }

    public static DateTimeOffset Minute(DateTimeOffset time) => Floor(time, TimeSpan.FromMinutes(1));

    /// <summary>The list of traces by end, earliest first: a partition an hour.</summary>
    public static string EndPartition(DateTimeOffset end) => "ended:" + TableKeys.Earliest(Floor(end, TimeSpan.FromHours(1)));

    public static string EndKey(DateTimeOffset end, string traceId) => $"{TableKeys.Earliest(end)}{Separator}{TableKeys.Escape(traceId)}";

    public static DateTimeOffset EndOf(string key) => TableKeys.ReadEarliest(key.AsSpan(0, PlaceLength));

    private static DateTimeOffset Floor(DateTimeOffset time, TimeSpan unit) => new(time.UtcTicks - (time.UtcTicks % unit.Ticks), TimeSpan.Zero);
}
