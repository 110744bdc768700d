// Reasoning that a model writes into its answer as <think>…</think>, told apart from the answer while both stream.
using System.Text;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>
/// Only what the answer begins with counts, one section or several: later the tag may be what the answer is about. Tags may
/// be cut anywhere by the stream. A section that is never closed is reasoning to its end. White space around sections is
/// dropped.
/// </summary>
internal sealed class ThinkTags
{
    private const string Open = "<think>";
    private const string Close = "</think>";

    private readonly StringBuilder _held = new();
    private State _state = State.Beginning;
    private bool _thought;

    private enum State
    {
        Beginning,
        Thinking,
        Answering,
    }

    /// <summary>What is certain after the next piece of text; the rest is held until it is.</summary>
    public IEnumerable<AIContent> Read(string text)
    {
        _held.Append(text);
        while (_held.Length > 0 && Next() is { } content)
        {
            if (content is not TextReasoningContent { Text.Length: 0 })
                yield return content;
        }
    }

    /// <summary>What was held when the answer ended.</summary>
    public IEnumerable<AIContent> End()
    {
        if (_state == State.Beginning && _thought)
            DropWhiteSpace();
        if (_held.Length == 0)
            yield break;
        var rest = Take(_held.Length);
        yield return _state == State.Thinking ? new TextReasoningContent(rest) : new TextContent(rest);
    }

    // Null when more text is needed; empty reasoning when only the state has changed.
    private AIContent? Next() => _state switch
    {
        State.Answering => new TextContent(Take(_held.Length)),
        State.Thinking => Think(),
        _ => Begin(),
    };

    private TextReasoningContent? Begin()
    {
        var text = _held.ToString();
        var begun = text.TrimStart();
        if (begun.Length < Open.Length && Open.StartsWith(begun, StringComparison.Ordinal))
            return null;
        var opened = begun.StartsWith(Open, StringComparison.Ordinal);
        if (opened || _thought)
            DropWhiteSpace();
        if (opened)
            Take(Open.Length);
        _thought |= opened;
        _state = opened ? State.Thinking : State.Answering;
        return new TextReasoningContent("");
    }

    private TextReasoningContent? Think()
    {
        var text = _held.ToString();
        var end = text.IndexOf(Close, StringComparison.Ordinal);
        if (end < 0)
            return text.Length - Uncertain(text) is > 0 and var certain ? new TextReasoningContent(Take(certain)) : null;
        var thought = Take(end);
        Take(Close.Length);
        _state = State.Beginning;
        return new TextReasoningContent(thought);
    }

    // How much of the text's end may be the beginning of the closing tag.
    private static int Uncertain(string text)
    {
        for (var length = Math.Min(text.Length, Close.Length - 1); length > 0; length--)
        {
            if (text.EndsWith(Close[..length], StringComparison.Ordinal))
                return length;
        }

        return 0;
    }

    private void DropWhiteSpace()
    {
        while (_held.Length > 0 && char.IsWhiteSpace(_held[0]))
            _held.Remove(0, 1);
    }

    private string Take(int length)
    {
        var taken = _held.ToString(0, length);
        _held.Remove(0, length);
        return taken;
    }
}
