using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;

namespace AgentFunctions.Runs;

/// <summary>
/// A run store that copies the events of members' runs into the log of their root run, so that one stream tells of all. A copy
/// is written before the event itself: a crash between the two repeats the work, whose copy is then dropped by its key. A copy
/// carries whose it is; a member's end is <c>member_complete</c> or <c>member_error</c>, so that only the root's own end closes its log.
/// </summary>
public sealed class RelayingRunStore(IRunStore inner) : DelegatingRunStore(inner)
{
    // Beyond this, members that ended without a terminal event may have left theirs; what is needed is read again.
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, Member> _members = new(StringComparer.Ordinal);

    public override async Task<RunCreation> CreateAsync(
        RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default)
    {
        if (RunIds.IsMember(run.RunId))
            await RelayAsync(Member.Of(run), Keyed(events, "create"), cancellationToken);
        return await base.CreateAsync(run, events, messages, cancellationToken);
    }

    public override async Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default)
    {
        if (RunIds.IsMember(commit.RunId) && commit.Events.Count > 0)
            await RelayAsync(await MemberAsync(commit.RunId, cancellationToken), Keyed(commit.Events, commit.Key), cancellationToken);
        return await base.CommitAsync(commit, cancellationToken);
    }

    public override async Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default)
    {
        if (RunIds.IsMember(runId) && events.Count > 0)
            await RelayAsync(await MemberAsync(runId, cancellationToken), events, cancellationToken);
        await base.AppendEventsAsync(runId, events, cancellationToken);
    }

    private async Task RelayAsync(Member member, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken)
    {
        await base.AppendEventsAsync(RunIds.RootOf(member.RunId), [.. events.Select(e => Copy(member, e))], cancellationToken);
        if (events.Any(e => RunEventTypes.IsTerminal(e.Type)))
            _members.TryRemove(member.RunId, out _);
    }

    private async Task<Member> MemberAsync(string runId, CancellationToken cancellationToken)
    {
        if (_members.TryGetValue(runId, out var known))
            return known;
        if (_members.Count >= MaxRemembered)
            _members.Clear();
        return _members[runId] = Member.Of(await this.RequireAsync(runId, cancellationToken));
    }

    // What is committed together happens once: its events are told once, whatever their own keys.
    private static IReadOnlyList<NewRunEvent> Keyed(IReadOnlyList<NewRunEvent> events, string commit) =>
        [.. events.Select((e, index) => e with { Key = e.Key ?? $"{commit}:{index}" })];

    private static NewRunEvent Copy(Member member, NewRunEvent original)
    {
        var data = (JsonObject)original.Data.DeepClone();
        (data["run_id"], data["parent_run_id"], data["agent_id"]) = (member.RunId, member.ParentRunId, member.AgentId);
        // A step of a workflow has a kind and a depth of its own.
        data["kind"] ??= AgentJson.Word(member.Kind);
        data["depth"] ??= member.Depth;
        var type = original.Type switch
        {
            RunEventTypes.Complete => RunEventTypes.MemberComplete,
            RunEventTypes.Error => RunEventTypes.MemberError,
            var other => other,
        };
        return original with { Type = type, Data = data, Key = original.Key is { } key ? $"{member.RunId}:{key}" : null };
    }

    /// <summary>What of a member's run its events carry; it never changes.</summary>
    private sealed record Member(string RunId, string? ParentRunId, string AgentId, RunKind Kind, int Depth)
    {
        public static Member Of(RunRecord run) => new(run.RunId, run.ParentRunId, run.AgentId, run.Kind, run.Depth);
    }
}
