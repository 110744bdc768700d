// The body of a search for traces or spans.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Traces;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

/// <summary><c>{filter?, from?, to?, limit?, cursor?}</c>; every mistake in it is a 400 that names it.</summary>
internal sealed record TraceSearch(Filter? Filter, DateTimeOffset? From, DateTimeOffset? To, int Limit, string? Cursor)
{
    private const int MaxBodyBytes = 1024 * 1024;

    private static readonly string[] _members = ["filter", "from", "to", "limit", "cursor"];

    /// <param name="parse">Reads the filter of what is searched for.</param>
    public static async Task<TraceSearch> ReadAsync(
        HttpRequest request, Func<JsonElement, Filter> parse, int maxLimit, CancellationToken cancellationToken)
    {
        if (await RequestBody.ReadJsonAsync(request, MaxBodyBytes, cancellationToken) is not JsonObject body)
            throw ApiException.Invalid("""The body must be an object such as {"filter":{"op":"EQ","key":"status","value":"error"}}.""");
        if (body.FirstOrDefault(p => !_members.Contains(p.Key)).Key is { } unknown)
            throw ApiException.Invalid($"'{unknown}' is not a known member. Known: {string.Join(", ", _members)}.");
        return new TraceSearch(FilterOf(body["filter"], parse), Time(body, "from"), Time(body, "to"), LimitOf(body["limit"], maxLimit), Text(body, "cursor"));
    }

    private static Filter? FilterOf(JsonNode? json, Func<JsonElement, Filter> parse)
    {
        if (json is null)
            return null;
        try
        {
            return parse(json.Deserialize<JsonElement>());
        }
        catch (InvalidFilterException e)
        {
            throw ApiException.Invalid(e.Message, new JsonObject { ["path"] = e.Path });
        }
    }

    private static DateTimeOffset? Time(JsonObject body, string name)
    {
        if (Text(body, name) is not { } text)
            return null;
        return Query.TryTime(text, out var time) ? time : throw ApiException.Invalid($"'{name}' must be a time such as 2026-01-31T12:00:00Z.");
    }

    private static int LimitOf(JsonNode? json, int most)
    {
        if (json is null)
            return Query.DefaultLimit;
        return json.GetValueKind() == JsonValueKind.Number && json.AsValue().TryGetValue<int>(out var limit) && limit >= 1 && limit <= most
            ? limit
            : throw ApiException.Invalid($"'limit' must be a whole number from 1 to {most}.");
    }

    private static string? Text(JsonObject body, string name)
    {
        if (body[name] is not { } json)
            return null;
        try
        {
            return json.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : throw ApiException.Invalid($"'{name}' must be a string.");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid($"'{name}' is not valid Unicode: a \\u escape has no partner.");
        }
    }
}
