// Collects a streamed answer into one message, its tool calls and its usage.
using System.Text;
using AgentFunctions.Models;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Runs;

/// <summary>Parts keep the order in which the model sent them; deltas of one part are joined.</summary>
internal sealed class AnswerBuilder(int step)
{
    private readonly List<MessagePart> _parts = [];
    private readonly StringBuilder _delta = new();
    private string? _deltaType;
    private string? _finishReason;

    /// <summary>All reasoning so far.</summary>
    public string Reasoning =>
        string.Concat(Parts().Where(p => p.Type == MessagePart.ReasoningType).Select(p => p.Content));

    /// <summary>What the provider gave encrypted of its reasoning; empty when it gave nothing so.</summary>
    public string RedactedReasoning => string.Concat(Parts().Select(p => p.RedactedData));

    /// <summary>Null when the provider reported none.</summary>
    public RunUsage? Usage { get; private set; }

    /// <summary>True once the provider has begun to answer: from then on the call is paid.</summary>
    public bool Began { get; private set; }

    public DateTimeOffset? FirstChunkAt { get; private set; }

    public string? ResponseId { get; private set; }

    public string? ResponseModel { get; private set; }

    public string FinishReason => Calls().Any() ? "tool_call" : _finishReason ?? "stop";

    public IReadOnlyList<ToolCallReference> ToolCalls => [.. Calls().Select(c => new ToolCallReference(c.Id!, c.Name!))];

    public void Add(ChatResponseUpdate update, DateTimeOffset now)
    {
        Began = true;
        if (update.Contents.Any(c => c is not UsageContent))
            FirstChunkAt ??= now;
        ResponseId = update.ResponseId ?? ResponseId;
        ResponseModel = update.ModelId ?? ResponseModel;
        if (update.FinishReason is { } reason)
            _finishReason = MessageConversion.ToWord(reason);
        foreach (var content in update.Contents)
            Add(content);
    }

    public Message ToMessage(string? finishReason) => new() { Role = "assistant", Parts = Parts(), FinishReason = finishReason };

    private void Add(AIContent content)
    {
        switch (content)
        {
            case TextContent text:
                Append(MessagePart.TextType, text.Text);
                break;
            case TextReasoningContent thought:
                Append(MessagePart.ReasoningType, thought.Text);
                if (thought.ProtectedData is not null)
                    Close(thought.ProtectedData);
                break;
            case FunctionCallContent call:
                Close();
                _parts.Add(WithUsableId(MessageConversion.ToPart(call)!));
                break;
            case UsageContent usage:
                Usage = (Usage ?? RunUsage.None) + MessageConversion.ToRunUsage(usage.Details);
                break;
        }
    }

    private void Append(string type, string? text)
    {
        if (_deltaType is not null && _deltaType != type)
            Close();
        _deltaType = type;
        _delta.Append(text);
    }

    // A provider signs each of its thinking blocks, so a signature ends the part: two blocks never share one.
    private void Close(string? signature = null)
    {
        if (_deltaType is not null && (_delta.Length > 0 || signature is not null))
            _parts.Add(new MessagePart { Type = _deltaType, Content = _delta.ToString(), Signature = signature });
        _delta.Clear();
        _deltaType = null;
    }

    private List<MessagePart> Parts() =>
        _delta.Length == 0 ? _parts : [.. _parts, new MessagePart { Type = _deltaType!, Content = _delta.ToString() }];

    private IEnumerable<MessagePart> Calls() => _parts.Where(p => p.Type == MessagePart.ToolCallType);

    // Ids name stored results, so they must be there and differ within the step, whatever the provider sends.
    private MessagePart WithUsableId(MessagePart call)
    {
        var number = Calls().Count() + 1;
        var id = string.IsNullOrEmpty(call.Id) ? $"call_{step}_{number}" : call.Id;
        return call with { Id = Calls().Any(c => c.Id == id) ? $"{id}_{number}" : id };
    }
}
