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
    public const string WorkflowName = "gen_ai.workflow.name";
    public const string DataSourceId = "gen_ai.data_source.id";

    public const string RequestModel = "gen_ai.request.model";
    public const string RequestStream = "gen_ai.request.stream";
    public const string RequestTemperature = "gen_ai.request.temperature";
    public const string RequestMaxTokens = "gen_ai.request.max_tokens";
    public const string RequestTopP = "gen_ai.request.top_p";
    public const string RequestSeed = "gen_ai.request.seed";
    public const string RequestStopSequences = "gen_ai.request.stop_sequences";
    public const string RequestFrequencyPenalty = "gen_ai.request.frequency_penalty";
    public const string RequestPresencePenalty = "gen_ai.request.presence_penalty";
    public const string RequestReasoningLevel = "gen_ai.request.reasoning.level";
    public const string OutputType = "gen_ai.output.type";
    public const string RequestTopK = "gen_ai.request.top_k";
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

    // Content: what people and models said. JSON strings, but for the query's text.
    public const string SystemInstructions = "gen_ai.system_instructions";
    public const string InputMessages = "gen_ai.input.messages";
    public const string OutputMessages = "gen_ai.output.messages";
    public const string ToolDefinitions = "gen_ai.tool.definitions";
    public const string ToolCallArguments = "gen_ai.tool.call.arguments";
    public const string ToolCallResult = "gen_ai.tool.call.result";
    public const string RetrievalQuery = "gen_ai.retrieval.query.text";
    public const string RetrievalDocuments = "gen_ai.retrieval.documents";
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
    public const string SubRunId = "agentfunctions.run.sub_id";
    public const string AgentRole = "agentfunctions.agent.role";
    public const string TeamId = "agentfunctions.team.id";
    public const string WorkflowId = "agentfunctions.workflow.id";
    public const string Step = "agentfunctions.step";
    public const string Attempt = "agentfunctions.attempt";

    /// <summary>On a call of a model that took over: 1 for the agent's first fallback.</summary>
    public const string Fallback = "agentfunctions.model.fallback";
    public const string MessageCount = "agentfunctions.request.message_count";
    public const string ToolCount = "agentfunctions.request.tool_count";
    public const string ToolCallCount = "agentfunctions.response.tool_call_count";
    public const string CostUsd = "agentfunctions.cost_usd";

    /// <summary><c>true</c> on a model call whose cost is not, or not wholly, in <see cref="CostUsd"/>, and on its run; absent otherwise.</summary>
    public const string CostUnknown = "agentfunctions.cost.unknown";
    public const string UnpricedCalls = "agentfunctions.cost.unpriced_calls";
    public const string PriceVersion = "agentfunctions.cost.price_version";

    /// <summary>True on the span of a call that took longer than <c>observability.span_timeout</c>.</summary>
    public const string SpanTimeout = "agentfunctions.span.timeout";
    public const string LinkKind = "agentfunctions.link.kind";

    public const string OutputValid = "agentfunctions.output.valid";
    public const string OutputRepair = "agentfunctions.output.repair";

    public const string HookName = "agentfunctions.hook.name";
    public const string HookPoint = "agentfunctions.hook.point";
    public const string HookModifiedInput = "agentfunctions.hook.modified_input";
    public const string HookModifiedOutput = "agentfunctions.hook.modified_output";
    public const string HookEffect = "agentfunctions.hook.effect";
    public const string ToolSkipped = "agentfunctions.tool.skipped";
    public const string ToolInputOverridden = "agentfunctions.tool.input_overridden";
    public const string HookBackground = "agentfunctions.hook.background";
    public const string GuardrailName = "agentfunctions.guardrail.name";
    public const string GuardrailPoint = "agentfunctions.guardrail.point";
    public const string GuardrailPassed = "agentfunctions.guardrail.passed";
    public const string GuardrailAction = "agentfunctions.guardrail.action";
    public const string ApprovalId = "agentfunctions.approval.id";
    public const string ApprovalDecision = "agentfunctions.approval.decision";
    public const string ApprovalDecidedBy = "agentfunctions.approval.decided_by";
    public const string ApprovalWaitSeconds = "agentfunctions.approval.wait_seconds";
    public const string RetryReason = "agentfunctions.retry.reason";
    public const string RetryWaitSeconds = "agentfunctions.retry.wait_seconds";
    public const string DelegationMember = "agentfunctions.delegation.member";
    public const string DelegationMode = "agentfunctions.delegation.mode";
    public const string DelegationRound = "agentfunctions.delegation.round";
    public const string RetrievalCount = "agentfunctions.retrieval.document_count";
    public const string RetrievalTopScore = "agentfunctions.retrieval.top_score";
    public const string WorkflowPattern = "agentfunctions.workflow.pattern";
    public const string WorkflowSteps = "agentfunctions.workflow.steps";
    public const string WorkflowStepId = "agentfunctions.workflow.step.id";
    public const string WorkflowStepKind = "agentfunctions.workflow.step.kind";
    public const string WorkflowStepPath = "agentfunctions.workflow.step.path";
    public const string WorkflowIteration = "agentfunctions.workflow.iteration";
    public const string WorkflowChoice = "agentfunctions.workflow.choice";

    public const string InvokeAgent = "invoke_agent";
    public const string InvokeWorkflow = "invoke_workflow";
    public const string Chat = "chat";
    public const string ExecuteTool = "execute_tool";
    public const string Retrieval = "retrieval";

    public const string AgentKind = "AGENT";
    public const string ModelKind = "LLM";
    public const string ToolKind = "TOOL";
    public const string ChainKind = "CHAIN";
    public const string RetrieverKind = "RETRIEVER";
    public const string GuardrailKind = "GUARDRAIL";

    /// <summary>Link kind of an attempt's span to the span of the attempt before.</summary>
    public const string RetryOf = "retry_of";
}
