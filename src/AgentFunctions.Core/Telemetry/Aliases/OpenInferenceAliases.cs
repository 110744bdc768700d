using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>OpenInference, for Phoenix and Arize. The span kind is on every span without this set.</summary>
internal static class OpenInferenceAliases
{
    // The conventions' provider → who hosts it, and whose product it is.
    private static readonly Dictionary<string, (string Provider, string? System)> _providers = new()
    {
        ["openai"] = ("openai", "openai"),
        ["azure.ai.openai"] = ("azure", "openai"),
        ["azure.ai.inference"] = ("azure", null),
        ["anthropic"] = ("anthropic", "anthropic"),
        ["cohere"] = ("cohere", "cohere"),
        ["mistral_ai"] = ("mistralai", "mistralai"),
        ["aws.bedrock"] = ("aws", null),
        ["gcp.vertex_ai"] = ("google", "vertexai"),
        ["gcp.gemini"] = ("google", null),
        ["gcp.gen_ai"] = ("google", null),
        ["x_ai"] = ("xai", null),
    };

    public static void Add(AliasWriter span)
    {
        span.Add("agent.name", span.Text(AgentName));
        span.Add("metadata", Metadata(span));
        switch (span.Kind)
        {
            case AgentKind:
                AddNode(span);
                break;
            case ModelKind:
                AddModelCall(span);
                OpenInferenceMessages.Add(span);
                break;
            case ToolKind:
                AddTool(span);
                break;
            case RetrieverKind:
                OpenInferenceMessages.AddDocuments(span);
                break;
        }
    }

    // The graph of agents: a member of a team hangs below the team.
    private static void AddNode(AliasWriter span)
    {
        var node = span.Text(DelegationMember) ?? span.Text(AgentName);
        span.Add("graph.node.id", node);
        span.Add("graph.node.name", node);
        if (span.Text(DelegationMember) is not null)
            span.Add("graph.node.parent_id", span.Text(TeamId) ?? span.Text(AgentName));
    }

    private static void AddModelCall(AliasWriter span)
    {
        span.Add("llm.model_name", span.Text(ResponseModel) ?? span.Text(RequestModel));
        span.Add("llm.request.model_name", span.Text(RequestModel));
        span.Add("llm.response.model_name", span.Text(ResponseModel));
        if (span.Text(ProviderName) is { } name)
        {
            var (provider, system) = _providers.GetValueOrDefault(name, (name, null));
            span.Add("llm.provider", provider);
            span.Add("llm.system", system);
        }

        span.Add("llm.invocation_parameters", Parameters(span));
        span.Add("llm.finish_reason", span.FinishReason);
        AddTokens(span);
    }

    private static void AddTokens(AliasWriter span)
    {
        if (span.Usage is not { } usage)
            return;
        span.Add("llm.token_count.prompt", usage.PromptTokens);
        span.Add("llm.token_count.completion", usage.CompletionTokens);
        span.Add("llm.token_count.total", usage.TotalTokens);
        span.Add("llm.token_count.prompt_details.cache_read", span.Number(UsageCacheReadTokens));
        span.Add("llm.token_count.prompt_details.cache_write", span.Number(UsageCacheCreationTokens));
        span.Add("llm.token_count.completion_details.reasoning", span.Number(UsageReasoningTokens));
    }

    private static void AddTool(AliasWriter span)
    {
        span.Add("tool.name", span.Text(ToolName));
        span.Add("tool.description", span.Text(ToolDescription));
        span.Add("tool.id", span.Text(ToolCallId));
        span.Add("tool.parameters", span.Content(ToolCallArguments));
    }

    private static string Parameters(AliasWriter span)
    {
        var parameters = new JsonObject();
        Put("temperature", span[RequestTemperature]);
        Put("max_tokens", span[RequestMaxTokens]);
        Put("stream", span[RequestStream]);
        return parameters.ToJsonString();

        void Put(string name, object? value)
        {
            if (value is not null)
                parameters[name] = JsonValue.Create(value);
        }
    }

    private static string Metadata(AliasWriter span) =>
        AgentJson.Serialize(new { RunId = span.Text(RunId), Step = span.Number(Step), Attempt = span.Number(Attempt) });
}
