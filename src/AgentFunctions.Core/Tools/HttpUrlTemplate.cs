// The URL of an HTTP tool: {argument} in path and query is filled with escaped values, and can change nothing else.
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace AgentFunctions.Tools;

/// <summary>A URL whose variables are expanded and whose arguments are not filled yet.</summary>
internal sealed partial class HttpUrlTemplate
{
    private readonly string _origin;
    private readonly string _path;
    private readonly string[] _query;

    private HttpUrlTemplate(string origin, string path, string query)
    {
        _origin = origin;
        _path = path;
        _query = query.Split('&', StringSplitOptions.RemoveEmptyEntries);
        PathArguments = NamesIn(path);
        QueryArguments = NamesIn(query);
    }

    public IReadOnlyList<string> PathArguments { get; }

    public IReadOnlyList<string> QueryArguments { get; }

    public static bool TryParse(string url, [NotNullWhen(true)] out HttpUrlTemplate? template)
    {
        var match = Shape().Match(url);
        var valid = match.Success && Uri.TryCreate(Argument().Replace(url, "x"), UriKind.Absolute, out _);
        template = valid ? new HttpUrlTemplate(match.Groups["origin"].Value, match.Groups["path"].Value, match.Groups["query"].Value) : null;
        return valid;
    }

    /// <summary>
    /// The URL with every argument filled in. A query parameter whose argument has no value is left out.
    /// <paramref name="more"/> is appended to the query.
    /// </summary>
    /// <exception cref="ArgumentException">A value would change the path's structure; the message is fit for the model.</exception>
    public Uri Fill(Func<string, string?> valueOf, IEnumerable<KeyValuePair<string, string>> more)
    {
        var path = Argument().Replace(_path, match => PathValue(match.Groups["name"].Value, valueOf));
        if (path.Split('/').Any(segment => segment is "." or ".."))
            throw new ArgumentException("An argument in the URL's path must not be '.' or '..'.");

        var query = _query
            .Where(pair => NamesIn(pair).All(name => valueOf(name) is not null))
            .Select(pair => Argument().Replace(pair, match => Uri.EscapeDataString(valueOf(match.Groups["name"].Value)!)))
            .Concat(more.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        var queryText = string.Join('&', query);
        return new Uri(_origin + path + (queryText.Length > 0 ? "?" + queryText : ""));
    }

    // An empty segment would address the collection instead of one of its members.
    private static string PathValue(string name, Func<string, string?> valueOf) => valueOf(name) is { Length: > 0 } value
        ? Uri.EscapeDataString(value)
        : throw new ArgumentException($"'{name}' is part of the URL's path and must not be empty.");

    private static List<string> NamesIn(string text) => [.. Argument().Matches(text).Select(m => m.Groups["name"].Value).Distinct()];

    [GeneratedRegex(@"\{(?<name>[^{}]+)\}")]
    private static partial Regex Argument();

    [GeneratedRegex(@"^(?<origin>https?://[^/?#{}]+)(?<path>(/[^?#]*)?)(\?(?<query>[^#]*))?$", RegexOptions.IgnoreCase)]
    private static partial Regex Shape();
}
