// The body that decides an approval, read and checked by hand so that every mistake is named.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Approvals;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Http;

/// <summary><c>{status: approved|rejected, resolved_by?, note?, resolution_data?: {arguments?, values?, result?}}</c>.</summary>
public sealed record ResolveRequest(ApprovalStatus Status, string? By, string? Note, ApprovalResolution? Resolution)
{
    private const int MaxBodyBytes = 1024 * 1024;
    private const int MaxNote = 4000;
    private const int MaxName = 256;

    /// <summary>Set by App Service authentication, which lets no client set it: who has signed in goes before who says so.</summary>
    private const string SignedInHeader = "X-MS-CLIENT-PRINCIPAL-NAME";

    private static readonly string[] _keys = ["status", "resolved_by", "note", "resolution_data"];
    private static readonly string[] _dataKeys = ["arguments", "values", "result"];

    /// <exception cref="ApiException">400 for a body that is not of that form.</exception>
    public static async Task<ResolveRequest> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadJsonAsync(request, MaxBodyBytes, cancellationToken) as JsonObject
            ?? throw ApiException.Invalid("The body must be a JSON object with 'status'.");
        RequireKnown(body, _keys, "");
        var status = TextAt(body, "status", MaxName) switch
        {
            "approved" => ApprovalStatus.Approved,
            "rejected" => ApprovalStatus.Rejected,
            _ => throw ApiException.Invalid("'status' must be approved or rejected."),
        };
        var by = request.Headers[SignedInHeader].FirstOrDefault() is { Length: > 0 } signedIn ? signedIn : TextAt(body, "resolved_by", MaxName);
        return new ResolveRequest(status, by, TextAt(body, "note", MaxNote), ResolutionOf(body["resolution_data"]));
    }

    public ApprovalVote At(DateTimeOffset now) => new(Status, By, Note, now) { Resolution = Resolution };

    private static ApprovalResolution? ResolutionOf(JsonNode? node)
    {
        if (node is null)
            return null;
        var data = node as JsonObject ?? throw ApiException.Invalid("'resolution_data' must be an object.");
        RequireKnown(data, _dataKeys, "resolution_data.");
        return data.Count == 0 ? null : new ApprovalResolution
        {
            Arguments = ElementAt(data, "arguments"),
            Values = ElementAt(data, "values"),
            Result = ElementAt(data, "result"),
        };
    }

    // A member that is there counts, also when it is null: a result may be null.
    private static JsonElement? ElementAt(JsonObject data, string key) =>
        data.TryGetPropertyValue(key, out var value) ? JsonSerializer.SerializeToElement(value) : null;

    private static string? TextAt(JsonObject body, string key, int most)
    {
        if (body[key] is not { } node)
            return null;
        var text = node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw ApiException.Invalid($"'{key}' must be a string.");
        return text.Length > 0 && text.Length <= most ? text : throw ApiException.Invalid($"'{key}' must have 1 to {most} characters.");
    }

    private static void RequireKnown(JsonObject json, string[] keys, string prefix)
    {
        if (json.FirstOrDefault(p => !keys.Contains(p.Key)).Key is { } unknown)
            throw ApiException.Invalid($"'{prefix}{unknown}' is not a known member. Known: {string.Join(", ", keys)}.");
    }
}
