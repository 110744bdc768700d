using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>The names of Aixgo: those its guide shows (<c>agent.*</c>, <c>llm.tokens.*</c>) and those its providers use (<c>llm.usage.*</c>).</summary>
internal static class AixgoAliases
{
    public static void Add(AliasWriter span)
    {
        span.Add("agent.name", span.Text(AgentName));
        span.Add("agent.role", span.Text(AgentRole));
        span.Add("agent.model", span.Text(RequestModel));
        // There a message is what one agent is given to work on: here that is the run, and a model's answer has its own id.
        span.Add("message.id", span.IsModelCall ? span.Text(ResponseId) : span.Text(RunId));
        if (span.IsRoot)
            AddRun(span);
        if (span.IsModelCall)
            AddModelCall(span);
        if (span.IsTool)
        {
            span.Add("tool.name", span.Text(ToolName));
            span.Add("tool.duration_ms", span.DurationMs);
        }
    }

    private static void AddRun(AliasWriter span)
    {
        span.Add("runtime.type", "local");
        span.Add("execution.duration_ms", span.DurationMs);
        span.Add("execution.success", !span.Failed);
        if (span.Text(WorkflowPattern) is not { } pattern)
            return;
        span.Add("orchestration.pattern", pattern);
        span.Add("orchestration.success", !span.Failed);
        span.Add("orchestration.duration_ms", span.DurationMs);
    }

    private static void AddModelCall(AliasWriter span)
    {
        span.Add("llm.provider", span.Text(ProviderName));
        span.Add("llm.model", span.Text(RequestModel));
        span.Add("llm.temperature", span[RequestTemperature]);
        span.Add("llm.max_tokens", span.Number(RequestMaxTokens));
        span.Add("llm.messages_count", span.Number(MessageCount));
        span.Add("llm.tools_count", span.Number(ToolCount));
        span.Add("llm.tool_calls_count", span.Number(ToolCallCount));
        span.Add("llm.latency_ms", span.DurationMs);
        span.Add("llm.duration_ms", span.DurationMs);
        span.Add("llm.success", !span.Failed);
        span.Add("llm.error", span.Text(ErrorType));
        span.Add("llm.streaming", span[RequestStream]);
        span.Add("llm.finish_reason", span.FinishReason);
        span.Add("llm.cost.total_usd", span[CostUsd]);
        if (span.Usage is not { } usage)
            return;
        span.Add("llm.tokens.input", usage.PromptTokens);
        span.Add("llm.tokens.output", usage.CompletionTokens);
        span.Add("llm.usage.prompt_tokens", usage.PromptTokens);
        span.Add("llm.usage.completion_tokens", usage.CompletionTokens);
        span.Add("llm.usage.total_tokens", usage.TotalTokens);
    }
}
