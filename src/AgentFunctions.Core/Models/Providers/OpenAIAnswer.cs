// One streamed answer of chat completions, with the oddities of the many servers that speak it.
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>Reads chunks: text and reasoning go on at once; tool calls, usage and the finish reason are whole at the end.</summary>
/// <param name="ids">Gives the ids of tool calls.</param>
/// <param name="thinkTags">Whether reasoning may be in the text, between tags.</param>
internal sealed class OpenAIAnswer(CallIds ids, bool thinkTags) : IProviderAnswer
{
    private readonly ThinkTags? _tags = thinkTags ? new ThinkTags() : null;
    private readonly ToolCallDeltas _calls = new();
    private readonly OpenAIUsage _usage = new();
    private string? _finish;
    private string? _id;
    private string? _model;

    public ChatResponseUpdate? Read(JsonElement chunk)
    {
        _id ??= chunk.Text("id");
        _model ??= chunk.Text("model");
        _usage.Read(chunk);
        var contents = new List<AIContent>();
        foreach (var choice in chunk.Member("choices").Items())
        {
            // Some servers send a whole message in place of a delta at the end of a stream that was one piece.
            if ((choice.Member("delta") ?? choice.Member("message")) is { } delta)
                contents.AddRange(ReadDelta(delta));
            _finish = choice.Text("finish_reason") ?? _finish;
        }

        return contents.Count == 0 ? null : Update(contents);
    }

    public ChatResponseUpdate? End()
    {
        if (_finish is null)
            return null;
        var calls = _calls.Complete(ids).ToList();
        var end = Update([.. HeldText(), .. calls, .. Usage()]);
        end.FinishReason = calls.Count > 0 ? ChatFinishReason.ToolCalls : ReasonOf(_finish);
        return end;
    }

    public ChatResponseUpdate BrokenOff() => Update([.. HeldText(), .. Usage()]);

    private IEnumerable<AIContent> HeldText() => _tags?.End() ?? [];

    private IEnumerable<AIContent> Usage() => _usage.Total is { } total ? [new UsageContent(total)] : [];

    private ChatResponseUpdate Update(IList<AIContent> contents) =>
        new(ChatRole.Assistant, contents) { ResponseId = _id, MessageId = _id, ModelId = _model };

    private IEnumerable<AIContent> ReadDelta(JsonElement delta)
    {
        if ((delta.Text("reasoning_content") ?? delta.Text("reasoning")) is { } thought)
            yield return new TextReasoningContent(thought);
        foreach (var content in ReadContent(delta.Member("content")).SelectMany(WithoutTags))
            yield return content;
        if (delta.Text("refusal") is { } refusal)
            yield return new TextContent(refusal);
        foreach (var call in delta.Member("tool_calls").Items())
            _calls.Add(call);
    }

    private IEnumerable<AIContent> WithoutTags(AIContent content) =>
        content is TextContent text && _tags is not null ? _tags.Read(text.Text) : [content];

    // A string, or (Mistral's reasoning models) a list of typed pieces.
    private static IEnumerable<AIContent> ReadContent(JsonElement? content)
    {
        if (content is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value)
            yield return new TextContent(value);
        foreach (var piece in content.Items())
        {
            if (piece.Text("text") is { } said)
                yield return new TextContent(said);
            foreach (var thought in piece.Member("thinking").Items())
            {
                if (thought.Text("text") is { } thinking)
                    yield return new TextReasoningContent(thinking);
            }
        }
    }

    private static ChatFinishReason ReasonOf(string reason) => reason switch
    {
        "stop" or "length" or "content_filter" => new ChatFinishReason(reason),
        "max_tokens" or "model_length" => ChatFinishReason.Length,
        // Words that only some servers know (eos, end_turn), and tool_calls without a call.
        _ => ChatFinishReason.Stop,
    };
}
