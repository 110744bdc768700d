using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Teams;
using AgentFunctions.Telemetry.Spans;
using AgentFunctions.Workflows;

namespace AgentFunctions.Telemetry;

/// <summary>What a run did, read back from its stored results and messages.</summary>
public sealed class RunWork
{
    private readonly IReadOnlyList<DelegationFacts> _delegating;
    private readonly IReadOnlyList<RunMessage> _messages;
    private readonly IReadOnlyList<RunMessage> _sessionMessages;

    /// <param name="results">All results of the run; those of other work are passed over.</param>
    /// <param name="messages">The run's own messages in order.</param>
    /// <param name="sessionMessages">At least as many of the session's earlier messages as any model call was sent, oldest first.</param>
    public RunWork(IReadOnlyList<RunResult> results, IReadOnlyList<RunMessage> messages, IReadOnlyList<RunMessage> sessionMessages)
    {
        ModelCalls = Read<ModelStepResult>(results, "model:");
        ToolCalls = Read<ToolStepResult>(results, "tool:");
        Hooks = new StoredHooks(results);
        Delegations = Read<DelegationFacts>(results, Delegation.KeyPrefix);
        _delegating = Read<DelegationFacts>(results, DelegationStart.KeyPrefix);
        WorkflowSteps = WorkflowState.ResultsIn(results);
        Approvals = Read<ApprovalFacts>(results, "approval:");
        Summary = results.FirstOrDefault(r => r.Key == SummaryResult.Key) is { } summary ? AgentJson.Deserialize<SummaryResult>(summary.ResultJson) : null;
        _messages = messages;
        _sessionMessages = sessionMessages;
    }

    public IReadOnlyList<ModelStepResult> ModelCalls { get; }

    public IReadOnlyList<ToolStepResult> ToolCalls { get; }

    public StoredHooks Hooks { get; }

    /// <summary>Work that was given to members.</summary>
    public IReadOnlyList<DelegationFacts> Delegations { get; }

    /// <summary>Work that members are at.</summary>
    public IEnumerable<DelegationFacts> OpenDelegations => _delegating.Where(begun => Delegations.All(done => done.SubRunId != begun.SubRunId));

    /// <summary>Ended attempts of a workflow's steps.</summary>
    public IReadOnlyList<StepResult> WorkflowSteps { get; }

    /// <summary>The waits for people that are over.</summary>
    public IReadOnlyList<ApprovalFacts> Approvals { get; }

    /// <summary>The last model call's; null when there was no call or it failed.</summary>
    public string? LastFinishReason => ModelCalls.Count == 0 ? null : ModelCalls[^1].FinishReason;

    /// <summary>The summary of the session that the model calls began with.</summary>
    public Message? Preamble { get; private init; }

    /// <summary>The summary of the session that the run made at its end.</summary>
    public SummaryResult? Summary { get; }

    /// <summary>Reads the work of a finished run.</summary>
    public static async Task<RunWork> ReadAsync(IRunStore runs, RunRecord run, CancellationToken cancellationToken)
    {
        var results = await runs.GetResultsAsync(run.RunId, cancellationToken);
        var messages = await runs.GetMessagesAsync(run.RunId, cancellationToken);
        var sent = Read<ModelStepResult>(results, "model:").Select(r => r.SessionMessages).DefaultIfEmpty().Max();
        var earlier = sent > 0 && run.SessionPosition is { } position
            ? await runs.GetSessionMessagesAsync(run.SessionId, position, sent, cancellationToken)
            : [];
        var start = Read<ConversationStart>(results, ConversationStart.Key).FirstOrDefault();
        return new RunWork(results, messages, earlier) { Preamble = start is null ? null : await Conversation.SummaryOfAsync(runs, start, cancellationToken) };
    }

    /// <summary>The messages that the call was sent: of earlier runs, then the run's own of earlier steps.</summary>
    public IReadOnlyList<Message> InputOf(ModelStepResult call)
    {
        IReadOnlyList<Message> first = Preamble is { } summary ? [summary] : [];
        var earlier = _sessionMessages.TakeLast(call.SessionMessages).ToList().Standing();
        return [.. first, .. earlier.Concat(_messages.Where(m => m.Step < call.Step)).Select(m => m.Message)];
    }

    /// <summary>The model's message, or null when the attempt gave none.</summary>
    public Message? OutputOf(ModelStepResult call) => call.Status == ModelStepStatus.Succeeded
        ? _messages.FirstOrDefault(m => m.Step == call.Step && m.Message.Role == "assistant")?.Message
        : null;

    public JsonElement? ArgumentsOf(ToolStepResult call) => call.Arguments ?? Part(call, MessagePart.ToolCallType)?.Arguments;

    public JsonElement? ResponseOf(ToolStepResult call) => Part(call, MessagePart.ToolResponseType)?.Response;

    private MessagePart? Part(ToolStepResult call, string type) => _messages
        .Where(m => m.Step == call.Step)
        .SelectMany(m => m.Message.Parts)
        .FirstOrDefault(p => p.Type == type && p.Id == call.CallId);

    private static List<T> Read<T>(IReadOnlyList<RunResult> results, string prefix) =>
        [.. results.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => AgentJson.Deserialize<T>(r.ResultJson))];
}
