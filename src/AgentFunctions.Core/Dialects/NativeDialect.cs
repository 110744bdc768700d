using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Dialects;

/// <summary>
/// The events as they are stored, in the envelope <c>{type, timestamp, data, session_id, agent_id, run_context_id}</c>. What a
/// member did carries the member's ids, its <c>parent_run_id</c> and its <c>depth</c>.
/// </summary>
public sealed class NativeDialect : IEventDialect
{
    public IReadOnlyList<string> Names => RunEventTypes.All;

    public IEnumerable<EventFrame> FramesOf(RunRecord run, RunEvent stored)
    {
        var source = EventSource.Of(run, stored);
        var envelope = new JsonObject
        {
            ["type"] = stored.Type,
            ["timestamp"] = stored.Timestamp,
            ["data"] = stored.Data.DeepClone(),
            ["session_id"] = run.SessionId,
            ["agent_id"] = source.AgentId,
            ["run_context_id"] = source.RunId,
        };
        if (source.Depth > 0)
        {
            envelope["parent_run_id"] = source.ParentRunId;
            envelope["depth"] = source.Depth;
        }

        yield return new EventFrame(stored.Sequence, stored.Type, envelope, RunEventTypes.IsTerminal(stored.Type));
    }

    public long SequenceBefore(long lastId) => lastId;
}
