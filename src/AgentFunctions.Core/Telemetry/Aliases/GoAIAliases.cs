using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>The names of GoAI's OpenTelemetry provider, for dashboards that were made for it.</summary>
internal static class GoAIAliases
{
    private const string HookStopped = "hook_stopped";

    public static void Add(AliasWriter span)
    {
        // A constant there: it names the SDK whose vocabulary this is, not the provider.
        span.Add("gen_ai.system", "goai");
        span.Add("goai.step", span.Number(Step));
        if (span.IsRoot)
            AddRun(span);
        if (span.IsModelCall)
            AddModelCall(span);
    }

    public static IReadOnlyList<SpanEvent> Events(AliasWriter span)
    {
        var facts = span.Facts;
        List<SpanEvent> events = [];
        if (span.IsTool)
            events.AddRange([new("goai.tool.execute_start", facts.Start, NoAttributes), new("goai.tool.after_execute", facts.End, NoAttributes)]);
        if (span.IsRoot && Flat(span.Content(InputMessages)) is { } prompt)
            events.Add(new("gen_ai.content.prompt", facts.Start, new Dictionary<string, object> { ["gen_ai.prompt"] = prompt }));
        if (span.IsRoot && span.Content(OutputValue) is { } answer)
            events.Add(new("gen_ai.content.completion", facts.End, new Dictionary<string, object> { ["gen_ai.completion"] = answer }));
        if (span.Text(TerminationReason) == HookStopped)
            events.Add(new("goai.loop.stopped", facts.End, new Dictionary<string, object> { ["goai.step"] = span.Number(RunSteps) ?? 0 }));
        return events;
    }

    private static IReadOnlyDictionary<string, object> NoAttributes { get; } = new Dictionary<string, object>();

    private static void AddRun(AliasWriter span)
    {
        var stopped = span.Text(TerminationReason) == HookStopped;
        span.Add("goai.termination_reason", span.Text(TerminationReason));
        span.Add("goai.stopped_by_hook", stopped);
        span.Add("goai.stopped_at_step", stopped ? span.Number(RunSteps) : null);
    }

    private static void AddModelCall(AliasWriter span)
    {
        span.Add("goai.request.message_count", span.Number(MessageCount));
        span.Add("goai.request.tool_count", span.Number(ToolCount));
        if (span.Usage is not { } usage)
            return;
        span.Add("gen_ai.usage.total_tokens", usage.TotalTokens > 0 ? usage.TotalTokens : null);
        span.Add("goai.usage.reasoning_tokens", usage.ReasoningTokens > 0 ? usage.ReasoningTokens : null);
    }

    // The retired form: role and content, without parts.
    private static string? Flat(string? messages) => messages is null
        ? null
        : AgentJson.Serialize(AliasMessages.Read(messages).Select(m => new { m.Role, Content = m.Text }));
}
