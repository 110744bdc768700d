// The answer of a run as its post-hooks left it, in the conversation that later runs of the session see.
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Hooks;

/// <summary>
/// A stored message is never changed. What the post-hooks made of an answer is a second message of its step, which stands in
/// the place of the first one whenever a conversation is read.
/// </summary>
public static class CheckedAnswer
{
    /// <summary>The message with the text in the place of the latest text of the model.</summary>
    public static NewMessage? Of(IReadOnlyList<RunMessage> messages, string text, DateTimeOffset now)
    {
        if (messages.LastOrDefault(m => IsAnswer(m) && m.Message.Text.Length > 0) is not { } said)
            return null;
        var parts = said.Message.Parts.Where(p => p.Type != MessagePart.TextType).Prepend(MessagePart.OfText(text));
        return new NewMessage(RunCheck.OutputKey, said.Step, said.Message with { Parts = [.. parts] }, now);
    }

    /// <summary>The messages of whole runs with each answer as it stands.</summary>
    public static IEnumerable<RunMessage> Standing(this IReadOnlyList<RunMessage> messages)
    {
        var latest = messages.Where(IsAnswer).GroupBy(PlaceOf).ToDictionary(g => g.Key, g => (First: g.First(), Last: g.Last()));
        foreach (var message in messages)
        {
            if (!IsAnswer(message))
                yield return message;
            else if (ReferenceEquals(message, latest[PlaceOf(message)].First))
                yield return latest[PlaceOf(message)].Last;
        }
    }

    private static bool IsAnswer(RunMessage message) => message.Message.Role == "assistant";

    private static (string RunId, int Step) PlaceOf(RunMessage message) => (message.RunId, message.Step);
}
