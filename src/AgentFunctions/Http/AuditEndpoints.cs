// The audit log over HTTP: read it, check its chain, add entries of your own.
using System.Text.Json.Nodes;
using AgentFunctions.Audit;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class AuditEndpoints(Api api, IAuditLog audit, TimeProvider time)
{
    private const int MaxBodyBytes = 64 * 1024;

    [Function("ListAudit")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/audit")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var query = new AuditQuery(
                Query.Text(request, "kind"), Query.Text(request, "run_id"), Query.Text(request, "session_id"), Query.Text(request, "user_id"),
                Query.Text(request, "agent_id"), Query.Text(request, "actor"), Query.Time(request, "from"), Query.Time(request, "to"),
                Query.Limit(request), Query.Text(request, "cursor"));
            var page = await Query.PageAsync(() => audit.ListAsync(query, aborted));
            return Api.List(page.Items.Select(Json), page.NextCursor);
        });

    /// <summary>Reads and recomputes the whole log. With <c>sequence</c> and <c>hash</c>, a place noted before, it also finds a cut-off end.</summary>
    [Function("VerifyAudit")]
    public Task<IResult> VerifyAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/audit/verify")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted => Api.Json(Json(await audit.VerifyAsync(AnchorOf(request), aborted))));

    /// <summary>Adds an entry of kind <c>custom.…</c>; with a <c>key</c>, once.</summary>
    [Function("AppendAudit")]
    public Task<IResult> AppendAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/audit")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var body = new BodyReader(await RequestBody.ReadJsonAsync(request, MaxBodyBytes, aborted));
            var entry = new AuditEntry
            {
                Kind = body.Text("kind", 128) ?? "",
                At = time.GetUtcNow(),
                Actor = Actor.Of(request),
                RunId = body.Text("run_id", 128),
                SessionId = body.Text("session_id", 128),
                UserId = body.Text("user_id", 256),
                AgentId = body.Text("agent_id", 256),
                Details = body.Object("details") ?? [],
                Key = body.Text("key", 256) is { } key ? AuditKinds.CustomPrefix + key : null,
            };
            body.End();
            if (!entry.Kind.StartsWith(AuditKinds.CustomPrefix, StringComparison.Ordinal) || entry.Kind.Length == AuditKinds.CustomPrefix.Length)
                throw ApiException.Invalid($"'kind' must begin with '{AuditKinds.CustomPrefix}', for example custom.refund_checked; the other kinds are the product's own.");
            return Api.Json(Json(await audit.AppendAsync(entry, aborted)), StatusCodes.Status201Created);
        });

    private static AuditAnchor? AnchorOf(HttpRequest request)
    {
        var (sequence, hash) = (Query.Text(request, "sequence"), Query.Text(request, "hash"));
        if (sequence is null && hash is null)
            return null;
        return long.TryParse(sequence, out var number) && number > 0 && hash is not null
            ? new AuditAnchor(number, hash)
            : throw ApiException.Invalid("'sequence' and 'hash' belong together: give both as an earlier check showed them.");
    }

    private static JsonObject Json(AuditRecord record) => new()
    {
        ["sequence"] = record.Sequence,
        ["kind"] = record.Kind,
        ["at"] = record.At,
        ["actor"] = record.Actor,
        ["run_id"] = record.RunId,
        ["session_id"] = record.SessionId,
        ["user_id"] = record.UserId,
        ["agent_id"] = record.AgentId,
        ["key"] = record.Key,
        ["details"] = JsonNode.Parse(record.DetailsJson),
        ["previous_hash"] = record.PreviousHash,
        ["hash"] = record.Hash,
    };

    private static JsonObject Json(AuditVerification found) => new()
    {
        ["intact"] = found.Intact,
        ["count"] = found.Count,
        ["head"] = found.Head is { } head ? new JsonObject { ["sequence"] = head.Sequence, ["hash"] = head.Hash } : null,
        ["broken_at"] = found.BrokenAt,
        ["problem"] = found.Problem,
    };
}
