// Ids of tool calls: results, Idempotency-Keys and spans hang on them, so they must never repeat within a conversation.
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Providers;

/// <summary>
/// Keeps a provider's id unless it is missing or was seen before (some servers number the calls of each answer from
/// zero); then one is derived from the length of the conversation, the same on every attempt.
/// </summary>
internal sealed class CallIds
{
    private readonly HashSet<string> _seen;
    private readonly int _messages;
    private int _calls;

    public CallIds(IReadOnlyCollection<ChatMessage> conversation)
    {
        _messages = conversation.Count;
        _seen = [.. conversation.SelectMany(m => m.Contents).OfType<FunctionCallContent>().Select(c => c.CallId)];
    }

    public string Next(string? id = null)
    {
        _calls++;
        if (!string.IsNullOrEmpty(id) && _seen.Add(id))
            return id;

        var own = $"call_{_messages}_{_calls}";
        while (!_seen.Add(own))
            own += "x";
        return own;
    }
}
