// What the gate says of a tool call.
using System.Text.Json;
using AgentFunctions.Tools;

namespace AgentFunctions.Approvals;

/// <summary>One of three: the call may run, it is answered without running, or a person must decide first.</summary>
public abstract record Passage
{
    /// <summary>The tool may run.</summary>
    /// <param name="Arguments">With these, which a person may have edited.</param>
    public sealed record Open(JsonElement Arguments) : Passage
    {
        /// <summary>The arguments, when they are not those that were asked for.</summary>
        public JsonElement? Edited { get; init; }
    }

    /// <summary>The tool does not run.</summary>
    /// <param name="Outcome">What the model is told.</param>
    /// <param name="EndsRun">Whether the run ends with it, in error.</param>
    public sealed record Closed(ToolOutcome Outcome, bool EndsRun = false) : Passage;

    /// <summary>A person must decide.</summary>
    public sealed record Held(ApprovalWait Wait) : Passage;
}

/// <summary>What an orchestrator needs in order to wait: no content, and nothing that it would have to believe later.</summary>
/// <param name="EscalateAt">When others shall be told; null for never, or when they were.</param>
/// <param name="ExpiresAt">When waiting is over; null for never.</param>
/// <param name="Notifies">Whether somebody is told over a webhook.</param>
public sealed record ApprovalWait(string ApprovalId, DateTimeOffset? EscalateAt, DateTimeOffset? ExpiresAt, bool Notifies);
