// A new session that begins with the conversation of another one, up to a point.
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Sessions;

/// <summary>Where a conversation is cut: after a run, after a message (counted from 1 over the session's completed runs), or, with neither, at its end.</summary>
public sealed record ForkPoint(string? RunId, int? MessageIndex);

/// <summary>What a session was copied from, as it was asked for and as it was found then.</summary>
/// <param name="LastRunId">The run of the last message that belongs to the copy.</param>
/// <param name="LastPosition">That message's position in its run.</param>
/// <param name="Complete">False until everything is copied.</param>
public sealed record ForkOrigin(string SessionId, ForkPoint Point, string LastRunId, int LastPosition, bool Complete = false);

/// <summary>
/// Copies a conversation, run by run: the copies are finished runs that take the turns of their originals in the new session.
/// No model was called for them, so they have no usage, cost or trace. A fork that was cut off is completed by asking for it
/// again, whatever came to the original meanwhile: the new session knows where it ends, and the copies' ids are derived.
/// </summary>
public sealed class SessionFork(IRunStore runs, ISessionStore sessions, IIdSource ids, TimeProvider time)
{
    /// <summary>The most messages that a copy can have.</summary>
    public const int MaxMessages = 10_000;

    private const string ForkedFrom = "forked_from_session_id";
    private const string AtMessage = "forked_from_message_index";

    /// <param name="session">The original.</param>
    /// <param name="point">Where it is cut.</param>
    /// <param name="newSessionId">The id of the new session; null for one of its own.</param>
    /// <param name="reserveTurns">Makes the next run of a session come after that many turns; completes when it is done.</param>
    /// <param name="cancellationToken">Ends the copying; what was made by then stays.</param>
    /// <exception cref="ArgumentException">The point is not one of the conversation, or would cut a tool call from its result.</exception>
    /// <exception cref="InvalidOperationException">The new session exists already, and is not this fork; or it cannot be completed.</exception>
    public async Task<SessionRecord> ForkAsync(
        SessionRecord session, ForkPoint point, string? newSessionId, Func<string, int, Task> reserveTurns, CancellationToken cancellationToken)
    {
        var newId = newSessionId ?? ids.New("ses");
        var conversation = await runs.GetSessionMessagesAsync(session.SessionId, int.MaxValue, MaxMessages, cancellationToken);
        var made = await sessions.GetAsync(newId, cancellationToken)
            ?? await BeginAsync(session, point, conversation, newId, reserveTurns, cancellationToken);
        if (made.Fork is not { } origin || origin.SessionId != session.SessionId || origin.Point != point)
            throw new InvalidOperationException($"There is a session '{newId}' already. Name another one, or none for an id of its own.");
        if (origin.Complete)
            return made;
        foreach (var turn in conversation.Take(LengthOf(conversation, origin)).GroupBy(message => message.RunId))
            await CopyAsync(turn, newId, session, cancellationToken);
        return await sessions.ChangeAsync(newId, fresh => fresh with { Fork = origin with { Complete = true } }, cancellationToken)
            ?? throw new InvalidOperationException($"Session '{newId}' was deleted while it was made.");
    }

    // The turns first: a run that comes as soon as the session is there must not take one that is a copy's.
    private async Task<SessionRecord> BeginAsync(
        SessionRecord session, ForkPoint point, IReadOnlyList<RunMessage> conversation, string newId, Func<string, int, Task> reserveTurns,
        CancellationToken cancellationToken)
    {
        var length = LengthOf(conversation, point);
        var last = conversation[length - 1];
        var now = time.GetUtcNow();
        await reserveTurns(newId, (await runs.RequireAsync(last.RunId, cancellationToken)).SessionPosition!.Value);
        var creation = await sessions.CreateAsync(
            new SessionRecord
            {
                SessionId = newId,
                Name = session.Name,
                State = (JsonObject?)session.State?.DeepClone(),
                Metadata = OriginOf(session, length, (JsonObject?)session.Metadata?.DeepClone()),
                Fork = new ForkOrigin(session.SessionId, point, last.RunId, last.Position),
                UserId = session.UserId,
                CreatedAt = now,
                UpdatedAt = now,
            },
            cancellationToken);
        return creation.Session;
    }

    private static int LengthOf(IReadOnlyList<RunMessage> conversation, ForkOrigin origin)
    {
        var last = conversation.ToList().FindIndex(m => m.RunId == origin.LastRunId && m.Position == origin.LastPosition);
        return last >= 0 ? last + 1 : throw new InvalidOperationException(
            $"Run '{origin.LastRunId}', at which the fork ends, is not in the conversation any more. Delete the new session, and fork again.");
    }

    private static int LengthOf(IReadOnlyList<RunMessage> conversation, ForkPoint point)
    {
        if (conversation.Count == 0)
            throw new ArgumentException("The session has no completed run, so there is no conversation to copy.");
        if (point.RunId is { } runId)
        {
            var last = conversation.ToList().FindLastIndex(m => m.RunId == runId);
            return last >= 0 ? last + 1 : throw new ArgumentException($"The session has no completed run '{runId}'.");
        }

        var length = point.MessageIndex ?? conversation.Count;
        if (length > conversation.Count)
            throw new ArgumentException($"The conversation has {conversation.Count} messages; message_index {length} is beyond them.");
        if (OpenCalls(conversation.Take(length)))
            throw new ArgumentException($"message_index {length} would cut a tool call from its result; use {Whole(conversation, length, -1)} or {Whole(conversation, length, +1)}.");
        return length;
    }

    private static int Whole(IReadOnlyList<RunMessage> conversation, int length, int step)
    {
        do
            length += step;
        while (length < conversation.Count && OpenCalls(conversation.Take(length)));
        return length;
    }

    private static bool OpenCalls(IEnumerable<RunMessage> messages)
    {
        var open = new HashSet<string>();
        foreach (var part in messages.SelectMany(m => m.Message.Parts.Select(p => (m.RunId, Part: p))))
        {
            var id = $"{part.RunId}:{part.Part.Id}";
            if (part.Part.Type == MessagePart.ToolCallType)
                open.Add(id);
            else if (part.Part.Type == MessagePart.ToolResponseType)
                open.Remove(id);
        }

        return open.Count > 0;
    }

    private async Task CopyAsync(IGrouping<string, RunMessage> turn, string sessionId, SessionRecord session, CancellationToken cancellationToken)
    {
        var origin = await runs.RequireAsync(turn.Key, cancellationToken);
        var (runId, now) = (RunIds.Copy(sessionId, origin.RunId), time.GetUtcNow());
        var copy = new RunRecord
        {
            RunId = runId,
            Kind = origin.Kind,
            AgentId = origin.AgentId,
            DefinitionHash = origin.DefinitionHash,
            SessionId = sessionId,
            UserId = origin.UserId,
            Input = origin.Input,
            Metadata = OriginOf(session, null, new JsonObject { ["forked_from_run_id"] = origin.RunId }),
            Model = origin.Model,
            Status = RunStatus.Completed,
            TerminationReason = "natural",
            TraceId = RunTrace.Create(runId, null).TraceIdHex,
            Export = false,
            SessionPosition = origin.SessionPosition,
            Content = origin.Content,
            CreatedAt = now,
            StartedAt = now,
            FinishedAt = now,
        };
        var creation = await runs.CreateAsync(copy, [NewRun.StartEvent(copy), RunFinisher.TerminalEvent(copy)], [.. turn.Select(Copy)], cancellationToken);
        if (creation.Run.SessionId != sessionId)
            throw new InvalidOperationException($"The id '{runId}' of a copy is taken by a run of another session. Name another new session.");
    }

    private static NewMessage Copy(RunMessage message, int index) => new($"copy:{index}", message.Step, message.Message, message.CreatedAt);

    private static JsonObject OriginOf(SessionRecord session, int? messages, JsonObject? metadata)
    {
        metadata ??= [];
        metadata[ForkedFrom] = session.SessionId;
        if (messages is not null)
            metadata[AtMessage] = messages;
        return metadata;
    }
}
