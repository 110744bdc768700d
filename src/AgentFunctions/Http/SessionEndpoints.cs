// Sessions and their runs: list, make, read, change, copy.
using System.Text;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Audit;
using AgentFunctions.Entities;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Http;

public sealed class SessionEndpoints(Api api, ISessionStore sessions, IRunStore runs, SessionFork fork, IAuditLog audit, IIdSource ids, TimeProvider time)
{
    /// <summary>The most that a session's state, or its metadata, may be, in bytes of JSON.</summary>
    public const int MaxStateBytes = 256 * 1024;

    private const int MaxBodyBytes = 3 * MaxStateBytes;
    private const int LongestName = 256;
    private const int LongestUserId = 256;
    private static readonly TimeSpan _entityPoll = TimeSpan.FromMilliseconds(20);

    [Function("ListSessions")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/sessions")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var query = new SessionQuery(
                Query.Text(request, "agent_id"), Query.Text(request, "user_id"), Query.Limit(request), Query.Text(request, "cursor"));
            var page = await Query.PageAsync(() => sessions.ListAsync(query, aborted));
            return Api.List(page.Items.Select(Json), page.NextCursor);
        });

    /// <summary>Makes a session without runs; 201 with it, 409 when its id is taken. Sessions also begin by themselves, with their first run.</summary>
    [Function("CreateSession")]
    public Task<IResult> CreateAsync([HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/sessions")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var creation = await sessions.CreateAsync(await ReadNewAsync(request, aborted), aborted);
            return creation.Created
                ? Created(request, creation.Session)
                : throw new ApiException(409, "conflict", $"There is a session '{creation.Session.SessionId}' already. Name another one, or none for an id of its own.");
        });

    [Function("GetSession")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/sessions/{sessionId}")] HttpRequest request, string sessionId) =>
        api.AnswerAsync(request, async aborted => Answer(request, await FindAsync(sessionId, aborted)));

    [Function("ListSessionRuns")]
    public Task<IResult> RunsAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/sessions/{sessionId}/runs")] HttpRequest request, string sessionId) =>
        api.AnswerAsync(request, async aborted =>
        {
            await FindAsync(sessionId, aborted);
            var query = new RunQuery(SessionId: sessionId, Limit: Query.Limit(request), Cursor: Query.Text(request, "cursor"));
            var page = await Query.PageAsync(() => runs.ListAsync(query, aborted));
            return Api.List(page.Items.Select(RunJson.Run), page.NextCursor);
        });

    /// <summary>Sets each member that is given; null clears it. With <c>If-Match</c> only when nobody changed the session meanwhile: else 412.</summary>
    [Function("ChangeSession")]
    public Task<IResult> ChangeAsync(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "api/v1/sessions/{sessionId}")] HttpRequest request, string sessionId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var body = new BodyReader(await RequestBody.ReadJsonAsync(request, MaxBodyBytes, aborted));
            var (hasName, name) = (body.Has("name"), body.Text("name", LongestName));
            var (hasState, state) = (body.Has("state"), Bounded("state", body.Object("state")));
            var (hasMetadata, metadata) = (body.Has("metadata"), Bounded("metadata", body.Object("metadata")));
            body.End();
            return await SaveAsync(request, sessionId, session => session with
            {
                Name = hasName ? name : session.Name,
                State = hasState ? state : session.State,
                Metadata = hasMetadata ? metadata : session.Metadata,
            }, aborted);
        });

    [Function("RenameSession")]
    public Task<IResult> RenameAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/sessions/{sessionId}/rename")] HttpRequest request, string sessionId) =>
        api.AnswerAsync(request, async aborted =>
        {
            var body = new BodyReader(await RequestBody.ReadJsonAsync(request, MaxBodyBytes, aborted));
            var name = body.Text("name", LongestName) ?? throw ApiException.Invalid("'name' is required: a string.");
            body.End();
            return await SaveAsync(request, sessionId, session => session with { Name = name }, aborted);
        });

    /// <summary>Copies the conversation up to a run or a message into a new session; 201 with the new session.</summary>
    [Function("ForkSession")]
    public Task<IResult> ForkAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/sessions/{sessionId}/fork")] HttpRequest request,
        string sessionId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var body = new BodyReader(await RequestBody.ReadJsonAsync(request, MaxBodyBytes, aborted));
            var point = new ForkPoint(body.Text("run_id", 128), body.Count("message_index"));
            var newId = body.Id("session_id");
            body.End();
            var forked = await CopyAsync(client, await FindAsync(sessionId, aborted), point, newId, aborted);
            var key = $"fork:{forked.SessionId}:{forked.CreatedAt.UtcTicks}"; // a repeated request is on record once
            await NoteAsync(request, AuditKinds.SessionForked, sessionId, new JsonObject { ["new_session_id"] = forked.SessionId }, aborted, key);
            return Created(request, forked);
        });

    private async Task<SessionRecord> ReadNewAsync(HttpRequest request, CancellationToken aborted)
    {
        var body = new BodyReader(await RequestBody.ReadJsonAsync(request, MaxBodyBytes, aborted));
        var now = time.GetUtcNow();
        var session = new SessionRecord
        {
            SessionId = body.Id("session_id") ?? ids.New("ses"),
            Name = body.Text("name", LongestName),
            UserId = body.Text("user_id", LongestUserId),
            State = Bounded("state", body.Object("state")),
            Metadata = Bounded("metadata", body.Object("metadata")),
            CreatedAt = now,
            UpdatedAt = now,
        };
        body.End();
        return session;
    }

    private async Task<SessionRecord> CopyAsync(DurableTaskClient client, SessionRecord session, ForkPoint point, string? newId, CancellationToken aborted)
    {
        try
        {
            return await fork.ForkAsync(session, point, newId, (id, turns) => ReserveTurnsAsync(client, id, turns, aborted), aborted);
        }
        catch (ArgumentException e)
        {
            throw ApiException.Invalid(e.Message);
        }
        catch (InvalidOperationException e)
        {
            throw new ApiException(409, "conflict", e.Message);
        }
    }

    // A signal is done some time after it is sent; a run that came before it would take a turn that is a copy's.
    private async Task ReserveTurnsAsync(DurableTaskClient client, string sessionId, int turns, CancellationToken aborted)
    {
        var entity = new EntityInstanceId(nameof(SessionEntity), sessionId);
        await client.Entities.SignalEntityAsync(entity, nameof(SessionEntity.Reserve), turns, cancellation: aborted);
        while (await client.Entities.GetEntityAsync<SessionState>(entity, cancellation: aborted) is not { } state || state.State.Runs < turns)
            await Task.Delay(_entityPoll, time, aborted);
    }

    private async Task<IResult> SaveAsync(HttpRequest request, string sessionId, Func<SessionRecord, SessionRecord> change, CancellationToken aborted)
    {
        var expected = request.Headers.IfMatch.FirstOrDefault();
        var saved = await sessions.ChangeAsync(
            sessionId,
            session => expected is null or "*" || expected == ETagOf(session)
                ? change(session) with { Version = session.Version + 1 }
                : throw new ApiException(412, "session_changed", $"The session was changed meanwhile. Read it again, and send its ETag {ETagOf(session)} in If-Match."),
            aborted) ?? throw ApiException.SessionNotFound(sessionId);
        await NoteAsync(request, AuditKinds.SessionChanged, sessionId, new JsonObject { ["version"] = saved.Version }, aborted);
        return Answer(request, saved);
    }

    private async Task NoteAsync(HttpRequest request, string kind, string sessionId, JsonObject details, CancellationToken aborted, string? key = null) =>
        await audit.AppendAsync(
            new AuditEntry { Kind = kind, At = time.GetUtcNow(), Actor = Actor.Of(request), SessionId = sessionId, Details = details, Key = key }, aborted);

    private async Task<SessionRecord> FindAsync(string sessionId, CancellationToken aborted) =>
        await sessions.GetAsync(sessionId, aborted) ?? throw ApiException.SessionNotFound(sessionId);

    private static JsonObject? Bounded(string name, JsonObject? value)
    {
        var bytes = value is null ? 0 : Encoding.UTF8.GetByteCount(value.ToJsonString(AgentJson.Options));
        return bytes <= MaxStateBytes
            ? value
            : throw new ApiException(413, "payload_too_large", $"'{name}' has {bytes} bytes of JSON; at most {MaxStateBytes} are kept. Store the rest elsewhere and keep a reference.");
    }

    private static IResult Created(HttpRequest request, SessionRecord session)
    {
        request.HttpContext.Response.Headers.Location = $"/api/v1/sessions/{Uri.EscapeDataString(session.SessionId)}";
        return Answer(request, session, StatusCodes.Status201Created);
    }

    private static IResult Answer(HttpRequest request, SessionRecord session, int status = StatusCodes.Status200OK)
    {
        request.HttpContext.Response.Headers.ETag = ETagOf(session);
        return Api.Json(Json(session), status);
    }

    private static string ETagOf(SessionRecord session) => $"\"{session.Version}\"";

    private static JsonObject Json(SessionRecord session) => new()
    {
        ["session_id"] = session.SessionId,
        ["name"] = session.Name,
        ["agent_id"] = session.AgentId,
        ["user_id"] = session.UserId,
        ["state"] = session.State?.DeepClone(),
        ["metadata"] = session.Metadata?.DeepClone(),
        ["summary"] = session.Summary?.Text,
        ["version"] = session.Version,
        ["created_at"] = session.CreatedAt,
        ["updated_at"] = session.UpdatedAt,
        ["runs"] = session.Runs,
        ["usage"] = RunJson.Usage(session.Usage),
        ["cost_usd"] = session.CostUsd,
        ["unpriced_calls"] = session.UnpricedCalls,
    };
}
