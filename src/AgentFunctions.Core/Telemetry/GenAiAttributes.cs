namespace AgentFunctions.Telemetry;

/// <summary>
/// Every attribute key and fixed value that our spans carry: OpenTelemetry GenAI conventions 1.41, the few OpenInference
/// and general keys that back ends need beside them, and our own under <c>agentfunctions.</c>.
/// </summary>
public static class GenAiAttributes
{
    public const string OperationName = "gen_ai.operation.name";
    public const string ProviderName = "gen_ai.provider.name";
    public const string ConversationId = "gen_ai.conversation.id";
    public const string AgentId = "gen_ai.agent.id";
    public const string AgentName = "gen_ai.agent.name";
    public const string AgentDescription = "gen_ai.agent.description";
    public const string AgentVersion = "gen_ai.agent.version";

    public const string RequestModel = "gen_ai.request.model";
    public const string RequestStream = "gen_ai.request.stream";
    public const string RequestTemperature = "gen_ai.request.temperature";
    public const string RequestMaxTokens = "gen_ai.request.max_tokens";
    public const string ResponseId = "gen_ai.response.id";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseFinishReasons = "gen_ai.response.finish_reasons";
    public const string ResponseTimeToFirstChunk = "gen_ai.response.time_to_first_chunk";

    public const string UsageInputTokens = "gen_ai.usage.input_tokens";
    public const string UsageOutputTokens = "gen_ai.usage.output_tokens";
    public const string UsageCacheReadTokens = "gen_ai.usage.cache_read.input_tokens";
    public const string UsageCacheCreationTokens = "gen_ai.usage.cache_creation.input_tokens";
    public const string UsageReasoningTokens = "gen_ai.usage.reasoning.output_tokens";

    public const string ToolName = "gen_ai.tool.name";
    public const string ToolType = "gen_ai.tool.type";
    public const string ToolCallId = "gen_ai.tool.call.id";
    public const string ToolDescription = "gen_ai.tool.description";

    // Content: what people and models said. JSON strings.
    public const string SystemInstructions = "gen_ai.system_instructions";
    public const string InputMessages = "gen_ai.input.messages";
    public const string OutputMessages = "gen_ai.output.messages";
    public const string ToolDefinitions = "gen_ai.tool.definitions";
    public const string ToolCallArguments = "gen_ai.tool.call.arguments";
    public const string ToolCallResult = "gen_ai.tool.call.result";
    public const string InputValue = "input.value";
    public const string InputMimeType = "input.mime_type";
    public const string OutputValue = "output.value";
    public const string OutputMimeType = "output.mime_type";

    public const string SpanKind = "openinference.span.kind";
    public const string CostTotal = "llm.cost.total";
    public const string SessionId = "session.id";
    public const string UserId = "user.id";
    public const string ErrorType = "error.type";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string HttpStatus = "http.response.status_code";

    public const string RunId = "agentfunctions.run.id";
    public const string RunStatusName = "agentfunctions.run.status";
    public const string RunSteps = "agentfunctions.run.steps";
    public const string TerminationReason = "agentfunctions.run.termination_reason";
    public const string ParentRunId = "agentfunctions.run.parent_id";
    public const string Step = "agentfunctions.step";
    public const string Attempt = "agentfunctions.attempt";
    public const string CostUsd = "agentfunctions.cost_usd";

    /// <summary><c>true</c> on a model call whose cost is not, or not wholly, in <see cref="CostUsd"/>; absent otherwise.</summary>
    public const string CostUnknown = "agentfunctions.cost.unknown";
    /// <summary>True on the span of a call that took longer than <c>observability.span_timeout</c>.</summary>
    public const string SpanTimeout = "agentfunctions.span.timeout";

    public const string LinkKind = "agentfunctions.link.kind";

    public const string InvokeAgent = "invoke_agent";
    public const string Chat = "chat";
    public const string ExecuteTool = "execute_tool";

    public const string AgentKind = "AGENT";
    public const string ModelKind = "LLM";
    public const string ToolKind = "TOOL";
}
