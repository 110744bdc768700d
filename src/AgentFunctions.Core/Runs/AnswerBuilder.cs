// Collects a streamed answer into one message, its tool calls and its usage.
using System.Text;
using System.Text.Json;
using AgentFunctions.Models;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Runs;

internal sealed class AnswerBuilder(int step)
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _reasoning = new();
    private readonly List<MessagePart> _calls = [];
    private string? _signature;
    private string? _finishReason;

    public string Reasoning => _reasoning.ToString();

    public RunUsage Usage { get; private set; } = RunUsage.None;

    public DateTimeOffset? FirstChunkAt { get; private set; }

    public string? ResponseId { get; private set; }

    public string? ResponseModel { get; private set; }

    public string FinishReason => _calls.Count > 0 ? "tool_call" : _finishReason ?? "stop";

    public IReadOnlyList<ToolCallReference> ToolCalls => [.. _calls.Select(c => new ToolCallReference(c.Id!, c.Name!))];

    public void Add(ChatResponseUpdate update, DateTimeOffset now)
    {
        FirstChunkAt ??= now;
        ResponseId = update.ResponseId ?? ResponseId;
        ResponseModel = update.ModelId ?? ResponseModel;
        if (update.FinishReason is { } reason)
            _finishReason = Word(reason);
        foreach (var content in update.Contents)
            Add(content);
    }

    public Message ToMessage(string? finishReason)
    {
        var parts = new List<MessagePart>();
        if (_reasoning.Length > 0 || _signature is not null)
            parts.Add(new MessagePart { Type = MessagePart.ReasoningType, Content = Reasoning, Signature = _signature });
        if (_text.Length > 0)
            parts.Add(MessagePart.OfText(_text.ToString()));
        parts.AddRange(_calls);
        return new Message { Role = "assistant", Parts = parts, FinishReason = finishReason };
    }

    private void Add(AIContent content)
    {
        switch (content)
        {
            case TextContent text:
                _text.Append(text.Text);
                break;
            case TextReasoningContent thought:
                _reasoning.Append(thought.Text);
                _signature = thought.ProtectedData ?? _signature;
                break;
            case FunctionCallContent call:
                _calls.Add(PartOf(call));
                break;
            case UsageContent usage:
                Usage = UsageOf(usage.Details);
                break;
        }
    }

    // Ids name stored results, so they must be there and differ within the step, whatever the provider sends.
    private MessagePart PartOf(FunctionCallContent call)
    {
        var id = string.IsNullOrEmpty(call.CallId) ? $"call_{step}_{_calls.Count + 1}" : call.CallId;
        if (_calls.Any(c => c.Id == id))
            id = $"{id}_{_calls.Count + 1}";
        return new MessagePart { Type = MessagePart.ToolCallType, Id = id, Name = call.Name, Arguments = ArgumentsOf(call) };
    }

    private static JsonElement ArgumentsOf(FunctionCallContent call) =>
        call.Arguments is null && call.AdditionalProperties?.TryGetValue("raw_arguments", out var raw) == true
            ? JsonSerializer.SerializeToElement(raw?.ToString())
            : JsonSerializer.SerializeToElement(call.Arguments ?? new Dictionary<string, object?>());

    private static RunUsage UsageOf(UsageDetails usage) =>
        new(usage.InputTokenCount ?? 0, usage.OutputTokenCount ?? 0, usage.ReasoningTokenCount ?? 0, usage.CachedInputTokenCount ?? 0)
        {
            CacheWriteTokens = usage.AdditionalCounts?.TryGetValue("cache_creation", out var written) == true ? written : 0,
        };

    private static string Word(ChatFinishReason reason) =>
        reason == ChatFinishReason.ToolCalls ? "tool_call" : reason.Value;
}
