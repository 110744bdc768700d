// A model that needs no key and no network: it answers by the rules of its script. For demos and tests.
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using AgentFunctions.Models.Providers;
using AgentFunctions.Runs;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Models.Scripted;

/// <summary>
/// Deterministic: the same conversation gets the same answer, the same call ids and the same usage. Usage is a
/// <see cref="TokenEstimate"/> over the messages (prompt) and over text, reasoning and arguments (completion). Images are
/// counted and not looked at.
/// </summary>
internal sealed partial class ScriptedChatClient(ModelDefinition model, TimeProvider time) : ProviderChatClient(model)
{
    /// <summary>The provider's name, and the model that every answer says it is from.</summary>
    public const string Provider = "scripted";

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var scene = new ScriptScene([.. messages]);
        var (rule, values) = scene.Find(Model, mayCall: options?.ToolMode is not NoneChatToolMode);
        var thought = values.Fill(rule.Think ?? "");
        var text = values.Fill(rule.Say ?? "");
        var id = $"scripted_{scene.Messages.Count}";

        foreach (var content in Tokens(thought).Select(t => (AIContent)new TextReasoningContent(t)).Concat(Tokens(text).Select(t => new TextContent(t))))
        {
            if (rule.DelayMs is > 0 and var delay)
                await Task.Delay(TimeSpan.FromMilliseconds(delay), time, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            yield return Update(id, [content]);
        }

        var calls = CallsOf(rule, values, new CallIds(scene.Messages));
        var end = Update(id, [.. calls, new UsageContent(UsageOf(scene, thought, text, calls))]);
        end.FinishReason = calls.Count > 0 ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop;
        yield return end;
    }

    private static ChatResponseUpdate Update(string id, IList<AIContent> contents) =>
        new(ChatRole.Assistant, contents) { ResponseId = id, MessageId = id, ModelId = Provider };

    private static IEnumerable<string> Tokens(string text) => Word().Matches(text).Select(m => m.Value);

    private static List<FunctionCallContent> CallsOf(ScriptRule rule, ScriptValues values, CallIds ids) =>
        [.. (rule.Call ?? []).Select(call => MessageConversion.ToCall(ids.Next(), call.Tool, values.Fill(call.Arguments)?.ToJsonString() ?? ""))];

    private static UsageDetails UsageOf(ScriptScene scene, string thought, string text, IEnumerable<FunctionCallContent> calls)
    {
        var input = TokenEstimate.Of(scene.Messages.SelectMany(m => m.Contents));
        var reasoning = TokenEstimate.OfCharacters(thought.Length);
        var output = reasoning + TokenEstimate.OfCharacters(text.Length + calls.Sum(TokenEstimate.Length));
        return new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output, ReasoningTokenCount = reasoning };
    }

    // A word with the white space after it; white space at the beginning is a token of its own.
    [GeneratedRegex(@"\S+\s*|\s+")]
    private static partial Regex Word();
}
