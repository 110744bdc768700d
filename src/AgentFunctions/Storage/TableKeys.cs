using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AgentFunctions.Storage;

/// <summary>Keys of rows and partitions from ids of any text: ordered where a list needs it, and legal for the service.</summary>
internal static class TableKeys
{
    // Half of the service's 512 characters: a key may be built of two ids or an id and a number.
    private const int LongestId = 200;

    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    /// <summary>The id as a part of a key; different ids stay different. <c>/ \ # ?</c>, quotes and control characters cannot be in a key.</summary>
    public static string Escape(string id)
    {
        if (!id.AsSpan().ContainsAnyExcept(s_plain) && id.Length is > 0 and <= LongestId)
        {
            return id;
        }
        var escaped = new StringBuilder("~"); // no plain id begins with it
        foreach (var c in id)
        {
            escaped.Append(s_plain.Contains(c) ? $"{c}" : $"~{(int)c:X4}");
        }
        return escaped.Length <= LongestId ? escaped.ToString() : $"~~h{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)))}";
    }

    /// <summary>Orders by time, latest first.</summary>
    public static string Latest(DateTimeOffset time) => (DateTimeOffset.MaxValue.UtcTicks - time.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    public static DateTimeOffset ReadLatest(ReadOnlySpan<char> key) =>
        new(DateTimeOffset.MaxValue.UtcTicks - long.Parse(key, CultureInfo.InvariantCulture), TimeSpan.Zero);

    public static DateTimeOffset ReadEarliest(ReadOnlySpan<char> key) => new(long.Parse(key, CultureInfo.InvariantCulture), TimeSpan.Zero);

    /// <summary>Orders by time, earliest first.</summary>
    public static string Earliest(DateTimeOffset time) => time.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>Selects the rows of a partition whose keys begin with <paramref name="prefix"/>.</summary>
    public static string Prefixed(string partitionKey, string prefix) => Between(partitionKey, prefix, After(prefix));

    /// <summary>Selects the rows of a partition with <paramref name="from"/> ≤ key &lt; <paramref name="to"/>.</summary>
    public static string Between(string partitionKey, string from, string to) =>
        $"PartitionKey eq '{partitionKey}' and RowKey ge '{from}' and RowKey lt '{to}'";

    /// <summary>The first key behind all that begin with <paramref name="prefix"/>.</summary>
    public static string After(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);
}
