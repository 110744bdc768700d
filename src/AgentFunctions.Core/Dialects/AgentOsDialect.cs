using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Dialects;

/// <summary>
/// The stream in the words of AgentOS: flat JSON with <c>event</c>, <c>event_index</c> and the ids of whose event it is, the
/// name with the prefix <c>Team</c> for teams. One stored event may be told in several of its words, so ids are the sequence
/// number × <see cref="Width"/> plus the place within; a client resumes after any of them.
/// </summary>
public sealed class AgentOsDialect : IEventDialect
{
    /// <summary>More than one stored event is ever told in.</summary>
    public const int Width = 10;

    public IReadOnlyList<string> Names => AgentOsNames.All;

    public IEnumerable<EventFrame> FramesOf(RunRecord run, RunEvent stored)
    {
        var source = EventSource.Of(run, stored);
        var terminal = RunEventTypes.IsTerminal(stored.Type);
        var told = AgentOsEvents.Of(source, stored).ToList();
        for (var i = 0; i < told.Count; i++)
        {
            var (name, fields) = told[i];
            var id = (stored.Sequence * Width) + i;
            yield return new EventFrame(id, name, Body(run, source, stored, name, id, fields), terminal && i == told.Count - 1);
        }
    }

    // The frames of the event itself are told again up to the last one that the client had; EventStream leaves those out.
    public long SequenceBefore(long lastId) => Math.Max(0, (lastId / Width) - 1);

    private static JsonObject Body(RunRecord run, EventSource source, RunEvent stored, string name, long id, JsonObject fields)
    {
        var body = new JsonObject
        {
            ["created_at"] = stored.Timestamp.ToUnixTimeSeconds(),
            ["event"] = name,
            ["event_index"] = id,
            ["run_id"] = source.RunId,
            ["parent_run_id"] = source.ParentRunId,
            ["session_id"] = run.SessionId,
            ["nested_depth"] = source.Depth,
        };
        AddWho(body, source);
        if (run.Kind == RunKind.Workflow && source.Depth > 0)
            (body["workflow_id"], body["workflow_run_id"]) = (run.AgentId, run.RunId);
        foreach (var (key, value) in fields)
            body[key] = value?.DeepClone();
        return body;
    }

    private static void AddWho(JsonObject body, EventSource source)
    {
        var word = AgentJson.Word(source.Kind);
        body[$"{word}_id"] = source.AgentId;
        body[$"{word}_name"] = source.AgentId;
    }
}
