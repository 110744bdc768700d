// One streamed answer of Anthropic's messages API.
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>Reads events: text and thinking go on at once, a tool call when its block ends, usage and stop reason at the end.</summary>
internal sealed class AnthropicAnswer(CallIds ids) : IProviderAnswer
{
    private readonly AnthropicUsage _usage = new();
    private readonly StringBuilder _arguments = new();
    private readonly StringBuilder _signature = new();
    private JsonElement? _block;
    private string? _stopReason;
    private string? _id;
    private string? _model;
    private bool _stopped;

    public ChatResponseUpdate? Read(JsonElement data)
    {
        var content = data.Text("type") switch
        {
            "message_start" => Start(data.Member("message")),
            "content_block_start" => StartBlock(data.Member("content_block")),
            "content_block_delta" => ReadDelta(data.Member("delta")),
            "content_block_stop" => EndBlock(),
            "message_delta" => ReadMessageDelta(data),
            "message_stop" => Stop(),
            _ => null,
        };
        return content is null ? null : Update([content]);
    }

    public ChatResponseUpdate? End()
    {
        if (!_stopped)
            return null;
        var end = BrokenOff();
        end.FinishReason = ReasonOf(_stopReason);
        return end;
    }

    public ChatResponseUpdate BrokenOff() => Update(_usage.Total is { } total ? [new UsageContent(total)] : []);

    private ChatResponseUpdate Update(IList<AIContent> contents) =>
        new(ChatRole.Assistant, contents) { ResponseId = _id, MessageId = _id, ModelId = _model };

    private AIContent? Start(JsonElement? message)
    {
        _id = message?.Text("id");
        _model = message?.Text("model");
        _usage.Read(message?.Member("usage"));
        return null;
    }

    private AIContent? StartBlock(JsonElement? block)
    {
        _block = block;
        _arguments.Clear();
        _signature.Clear();
        return block?.Text("type") switch
        {
            "text" => block.Value.Text("text") is { } text ? new TextContent(text) : null,
            "redacted_thinking" => new TextReasoningContent("") { ProtectedData = AnthropicRequest.Redacted + block.Value.Text("data") },
            _ => null,
        };
    }

    private AIContent? ReadDelta(JsonElement? delta)
    {
        if (delta?.Text("text") is { } text)
            return new TextContent(text);
        if (delta?.Text("thinking") is { } thought)
            return new TextReasoningContent(thought);
        _arguments.Append(delta?.Text("partial_json"));
        _signature.Append(delta?.Text("signature"));
        return null;
    }

    private AIContent? EndBlock()
    {
        var block = _block;
        _block = null;
        return block?.Text("type") switch
        {
            "tool_use" => MessageConversion.ToCall(ids.Next(block.Value.Text("id")), block.Value.Text("name") ?? "", ArgumentsOf(block.Value)),
            "thinking" when _signature.Length > 0 => new TextReasoningContent("") { ProtectedData = _signature.ToString() },
            _ => null,
        };
    }

    // Compatible servers may send the whole input with the start of the block.
    private string ArgumentsOf(JsonElement block) =>
        _arguments.Length > 0 ? _arguments.ToString() : block.Member("input")?.GetRawText() ?? "";

    private AIContent? ReadMessageDelta(JsonElement data)
    {
        _stopReason = data.Member("delta")?.Text("stop_reason") ?? _stopReason;
        _usage.Read(data.Member("usage"));
        return null;
    }

    private AIContent? Stop()
    {
        _stopped = true;
        return null;
    }

    private static ChatFinishReason ReasonOf(string? reason) => reason switch
    {
        "tool_use" => ChatFinishReason.ToolCalls,
        "max_tokens" or "model_context_window_exceeded" => ChatFinishReason.Length,
        "refusal" => ChatFinishReason.ContentFilter,
        _ => ChatFinishReason.Stop,
    };
}
