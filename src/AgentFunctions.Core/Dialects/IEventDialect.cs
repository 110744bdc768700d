// How the events of a run are told to a client: one log, several vocabularies.
using System.Text.Json.Nodes;
using AgentFunctions.Runs;

namespace AgentFunctions.Dialects;

/// <summary>A vocabulary of stream events. Stateless: a stream can be resumed anywhere, by any instance.</summary>
public interface IEventDialect
{
    /// <summary>Every name that a client may ask for.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>What the client is sent for one stored event, in order; nothing when the dialect has no word for it.</summary>
    IEnumerable<EventFrame> FramesOf(RunRecord run, RunEvent stored);

    /// <summary>The stored sequence number to read after, for a client whose last frame had this id.</summary>
    long SequenceBefore(long lastId);
}

/// <param name="Id">Grows along the stream; what a client sends back to resume.</param>
/// <param name="Name">The SSE event name.</param>
/// <param name="Body">The SSE data.</param>
/// <param name="Terminal">True for the frame that tells how the run ended; no filter holds it back.</param>
public sealed record EventFrame(long Id, string Name, JsonObject Body, bool Terminal);
