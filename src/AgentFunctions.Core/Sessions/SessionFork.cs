// A new session that begins with the conversation of another one, up to a point.
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Sessions;

/// <summary>Where a conversation is cut: after a run, after a message (counted from 1 over the session's completed runs), or, with neither, at its end.</summary>
public sealed record ForkPoint(string? RunId, int? MessageIndex);

/// <summary>
/// Copies a conversation. The copy is the messages of one finished run at position 0 of the new session, before all its own:
/// no model was called for it, so it has no usage, cost or trace.
/// </summary>
public sealed class SessionFork(IRunStore runs, ISessionStore sessions, IIdSource ids, TimeProvider time)
{
    /// <summary>The most messages that a copy can have.</summary>
    public const int MaxMessages = 10_000;

    private const string ForkedFrom = "forked_from_session_id";
    private const string AtMessage = "forked_from_message_index";

    /// <exception cref="ArgumentException">The point is not one of the conversation, or would cut a tool call from its result.</exception>
    /// <exception cref="InvalidOperationException">The new session exists already.</exception>
    public async Task<SessionRecord> ForkAsync(SessionRecord session, ForkPoint point, string? newSessionId, CancellationToken cancellationToken)
    {
        var newId = newSessionId ?? ids.New("ses");
        if (await sessions.GetAsync(newId, cancellationToken) is not null)
            throw new InvalidOperationException($"There is a session '{newId}' already. Name another one, or none for an id of its own.");
        var conversation = await runs.GetSessionMessagesAsync(session.SessionId, int.MaxValue, MaxMessages, cancellationToken);
        var copied = conversation.Take(LengthOf(conversation, point)).ToList();
        var origin = await runs.RequireAsync(copied[^1].RunId, cancellationToken);
        var copy = Copy(origin, newId, copied.Count, session);
        await runs.CreateAsync(copy, [NewRun.StartEvent(copy), RunFinisher.TerminalEvent(copy)], [.. copied.Select(Copy)], cancellationToken);
        var made = await sessions.ChangeAsync(newId, fresh => fresh with
        {
            Name = session.Name,
            State = (JsonObject?)session.State?.DeepClone(),
            Metadata = Origin(session, copied.Count, (JsonObject?)session.Metadata?.DeepClone()),
        }, cancellationToken);
        return made ?? throw new InvalidOperationException($"Session '{newId}' was deleted while it was made.");
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

    private RunRecord Copy(RunRecord origin, string sessionId, int messages, SessionRecord session)
    {
        var (runId, now) = (ids.New("run"), time.GetUtcNow());
        return new RunRecord
        {
            RunId = runId,
            Kind = origin.Kind,
            AgentId = origin.AgentId,
            DefinitionHash = origin.DefinitionHash,
            SessionId = sessionId,
            UserId = session.UserId,
            Input = origin.Input,
            Metadata = Origin(session, messages, null),
            Model = origin.Model,
            Status = RunStatus.Completed,
            TerminationReason = "natural",
            TraceId = RunTrace.Create(runId, null).TraceIdHex,
            Export = false,
            SessionPosition = 0,
            Content = origin.Content,
            CreatedAt = now,
            StartedAt = now,
            FinishedAt = now,
        };
    }

    private static NewMessage Copy(RunMessage message, int index) => new($"copy:{index}", message.Step, message.Message, message.CreatedAt);

    private static JsonObject Origin(SessionRecord session, int messages, JsonObject? metadata)
    {
        metadata ??= [];
        metadata[ForkedFrom] = session.SessionId;
        metadata[AtMessage] = messages;
        return metadata;
    }
}
