// What the hooks of model calls, steps and runs are told, and what OnBeforeStep may answer.
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Hooks;

/// <param name="Run">The run as it was when the step began.</param>
/// <param name="Step">From 1.</param>
/// <param name="Attempt">From 1; a failed call that is tried again is a further attempt.</param>
/// <param name="Messages">All that is sent, the system prompt first.</param>
public sealed record RequestInfo(
    RunRecord Run, int Step, int Attempt, string Model, int ToolCount, DateTimeOffset Timestamp, IReadOnlyList<Message> Messages)
{
    public int MessageCount => Messages.Count;
}

/// <param name="Latency">Of this attempt, without waits between attempts.</param>
/// <param name="FinishReason"><c>stop</c>, <c>length</c>, <c>content_filter</c> or <c>tool_call</c>; null when the attempt failed.</param>
/// <param name="StatusCode">The HTTP status of a provider's error.</param>
public sealed record ResponseInfo(
    RunRecord Run, int Step, int Attempt, TimeSpan Latency, RunUsage Usage, string? FinishReason, RunError? Error, int? StatusCode);

/// <param name="Answer">Text, reasoning and tool calls of the model.</param>
/// <param name="Result">Finish reason, usage, cost and the provider's ids.</param>
public sealed record StepFinishInfo(RunRecord Run, int Step, Message Answer, ModelStepResult Result);

/// <param name="Run">The run as it ended: status, termination reason, steps, usage, content and error.</param>
public sealed record FinishInfo(RunRecord Run)
{
    /// <summary>True when the run ended because it had no step left.</summary>
    public bool StepsExhausted => Run.TerminationReason == "max_steps";
}

/// <param name="Step">The step that is about to begin, from 2.</param>
/// <param name="Messages">The run's own messages so far, with those that hooks before this one add.</param>
public sealed record BeforeStepInfo(RunRecord Run, int Step, IReadOnlyList<Message> Messages);

/// <summary>What OnBeforeStep wants.</summary>
public sealed record BeforeStepResult
{
    /// <summary>Appended to the conversation before the model is called.</summary>
    public IReadOnlyList<Message> ExtraMessages { get; init; } = [];

    /// <summary>Ends the run as completed, with termination reason <c>hook_stopped</c>. Wins over all extra messages of the step.</summary>
    public bool Stop { get; init; }
}
