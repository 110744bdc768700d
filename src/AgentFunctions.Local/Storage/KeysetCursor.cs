using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace AgentFunctions.Local.Storage;

/// <summary>Where a page ended. Clients see base64url of <c>list:ticks:id</c> and pass it back unchanged.</summary>
internal readonly record struct KeysetCursor(long Ticks, string Id)
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Format(string list) => Base64Url.EncodeToString(_utf8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{list}:{Ticks}:{Id}")));

    /// <exception cref="FormatException">The text is no cursor, or one of another list.</exception>
    public static KeysetCursor Parse(string list, string text)
    {
        var parts = Decode(text).Split(':', 3);
        return parts.Length == 3 && parts[0] == list && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new KeysetCursor(ticks, parts[2])
            : throw Refuse(null);
    }

    private static string Decode(string text)
    {
        try
        {
            return _utf8.GetString(Base64Url.DecodeFromChars(text));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw Refuse(e);
        }
    }

    private static FormatException Refuse(Exception? inner) =>
        new("The cursor is not one that this list returned. Pass next_cursor of the page before, or no cursor for the first page.", inner);
}
