// The state of one model call while it streams: what was sent, what came back, which events it makes.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Output;
using AgentFunctions.Sessions;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Runs;

internal sealed class ModelCall(ModelStep step, RunRecord run, AgentDefinition agent)
{
    private readonly List<double> _chunkSeconds = [];
    private DateTimeOffset? _lastChunkAt;
    private int _storedSessionMessages;
    private int _tokens;
    private int _reasoningDeltas;

    public ModelStep Step => step;

    public RunRecord Run => run;

    public AgentDefinition Agent => agent;

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>True when an earlier delivery of this attempt began and did not finish: what it used, nobody knows.</summary>
    public required bool Redelivered { get; init; }

    /// <summary>True when an earlier delivery or attempt may already have streamed part of an answer.</summary>
    public bool Restarted => Redelivered || step.Attempt > 1;

    public IReadOnlyList<Message> SessionMessages { get; private set; } = [];

    public IReadOnlyList<Message> RunMessages { get; set; } = [];

    /// <summary>All that is sent besides the system prompt: earlier runs of the session, then this run.</summary>
    public IReadOnlyList<Message> Messages => [.. SessionMessages, .. RunMessages];

    public AnswerBuilder Answer { get; } = new(step.Step);

    /// <summary>How long each chunk after the first was waited for.</summary>
    public IReadOnlyList<double> ChunkSeconds => _chunkSeconds;

    /// <summary>Takes the summary and the stored messages of earlier runs, each answer as it stands.</summary>
    public void Follow(ConversationWindow earlier)
    {
        _storedSessionMessages = earlier.Messages.Count;
        IReadOnlyList<Message> first = earlier.Summary is { } summary ? [summary] : [];
        SessionMessages = [.. first, .. earlier.Messages.Standing().Select(m => m.Message)];
    }

    public void NoteChunk(DateTimeOffset now)
    {
        if (_lastChunkAt is { } last)
            _chunkSeconds.Add((now - last).TotalSeconds);
        _lastChunkAt = now;
    }

    public IEnumerable<ChatMessage> ChatMessages() =>
        [new ChatMessage(ChatRole.System, Prompt()), .. Messages.Select(MessageConversion.ToChatMessage)];

    public ChatOptions Options()
    {
        var options = new ChatOptions
        {
            ModelId = agent.Model.Model,
            Temperature = (float?)agent.Model.Temperature,
            MaxOutputTokens = agent.Model.MaxTokens,
            Tools = agent.Tools.Count == 0 ? null : [.. agent.Tools.Select(MessageConversion.ToAITool)],
            // The tools stay declared: providers want those that the conversation has calls of.
            ToolMode = step.AnswerOnly ? ChatToolMode.None : null,
            AdditionalProperties = ModelCacheKey.ForSession(run.SessionId),
        };
        // On every step, so that the model may call tools first and give the output when it has what it needs.
        if (agent.Output is { Native: not false } output)
            OutputFormat.Set(options, output);
        return options;
    }

    /// <summary>Tells a client that text of this step which it may have seen is void: the call began anew.</summary>
    public NewRunEvent RestartEvent(DateTimeOffset now) =>
        new(RunEventTypes.Token, new JsonObject
        {
            ["token"] = "",
            ["index"] = 0,
            ["step"] = step.Step,
            ["attempt"] = step.Attempt,
            ["restart"] = true,
        }, now);

    public NewRunEvent? EventFor(AIContent content, DateTimeOffset now) => content switch
    {
        TextContent { Text.Length: > 0 } text => new(RunEventTypes.Token, new JsonObject
        {
            ["token"] = text.Text,
            ["index"] = _tokens++,
            ["step"] = step.Step,
            ["attempt"] = step.Attempt,
        }, now),
        TextReasoningContent { Text.Length: > 0 } thought => new(RunEventTypes.Reasoning, new JsonObject
        {
            ["delta"] = thought.Text,
            ["index"] = _reasoningDeltas++,
            ["message_index"] = step.Step - 1,
            ["step"] = step.Step,
            ["attempt"] = step.Attempt,
            ["model"] = agent.Model.Model,
            ["provider"] = agent.Model.Provider,
        }, now),
        _ => null,
    };

    /// <summary>The closing reasoning event of a message that had reasoning: the whole text and its tokens.</summary>
    public NewRunEvent? ReasoningEvent(DateTimeOffset now)
    {
        var redacted = Answer.RedactedReasoning;
        if (Answer.Reasoning.Length == 0 && redacted.Length == 0)
            return null;
        var data = new JsonObject
        {
            ["content"] = Answer.Reasoning,
            ["message_index"] = step.Step - 1,
            ["step"] = step.Step,
            ["attempt"] = step.Attempt,
            ["model"] = agent.Model.Model,
            ["provider"] = agent.Model.Provider,
        };
        if (Answer.Usage is { ReasoningTokens: > 0 } usage)
            data["token_count"] = usage.ReasoningTokens;
        if (redacted.Length > 0)
            (data["redacted"], data["redacted_content"]) = (true, redacted);
        return new(RunEventTypes.Reasoning, data, now);
    }

    /// <summary>The result with the check of an answer that should be the run's output.</summary>
    public ModelStepResult Checked(ModelStepResult result, Message? answer)
    {
        if (agent.Output is not { } output || answer is null || result.ToolCalls.Count > 0)
            return result;
        return result with { Output = OutputCheck.Of(output, answer.Text, result.FinishReason == "length", step.Repair < output.MaxRepairs) };
    }

    public ModelStepResult Succeeded(DateTimeOffset now) => Ended(ModelStepStatus.Succeeded, now) with
    {
        FinishReason = Answer.FinishReason,
        ToolCalls = Answer.ToolCalls,
    };

    public ModelStepResult Failed(ModelException failure, DateTimeOffset now) =>
        Ended(failure.Retryable ? ModelStepStatus.Retryable : ModelStepStatus.Failed, now) with
        {
            Error = new RunError(failure.Code, failure.Message, Details(failure)),
            RetryAfterSeconds = failure.RetryAfter?.TotalSeconds,
            HttpStatus = failure.HttpStatus,
            UsageUnknown = Redelivered || Answer.Began || failure.Code == RunErrorCodes.ModelTimeout,
        };

    public ModelStepResult Ended(ModelStepStatus status, DateTimeOffset now) => new()
    {
        Step = step.Step,
        Attempt = step.Attempt,
        Status = status,
        Fallback = step.Fallback,
        RequestModel = agent.Model.Model,
        Usage = Answer.Usage ?? RunUsage.None,
        UsageUnknown = Redelivered || (status == ModelStepStatus.Succeeded ? Answer.Usage is null : Answer.Began || status == ModelStepStatus.Cancelled),
        StartedAt = StartedAt,
        EndedAt = now,
        TimeToFirstChunkSeconds = (Answer.FirstChunkAt - StartedAt)?.TotalSeconds,
        ResponseId = Answer.ResponseId,
        ResponseModel = Answer.ResponseModel,
        SessionMessages = _storedSessionMessages,
        Repair = step.Repair,
    };

    private string Prompt() => agent.Output is { Native: false } output
        ? $"{agent.Prompt}\n\n{OutputPrompt.Instruction(output.Schema)}"
        : agent.Prompt;

    private JsonObject Details(ModelException failure)
    {
        var details = new JsonObject
        {
            ["model"] = agent.Model.Key,
            ["provider"] = agent.Model.Provider,
            ["step"] = step.Step,
            ["attempt"] = step.Attempt,
        };
        if (failure.HttpStatus is { } status)
            details["http_status"] = status;
        if (failure.RetryAfter is { } wait)
            details["retry_after_seconds"] = wait.TotalSeconds;
        return details;
    }
}
