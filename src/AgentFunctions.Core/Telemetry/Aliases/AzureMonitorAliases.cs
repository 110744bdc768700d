using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Aliases;

/// <summary>
/// Which agent a span is counted to. The exporter's own processor copies these from a parent in the same process, which
/// spans of a durable run do not have.
/// </summary>
internal static class AzureMonitorAliases
{
    private const string Prefix = "microsoft.gen_ai.main_agent.";

    public static void Add(AliasWriter span)
    {
        span.Add($"{Prefix}name", span.Text(AgentName) ?? span.Text(WorkflowName));
        span.Add($"{Prefix}id", span.Text(AgentId) ?? span.Text(WorkflowId));
        span.Add($"{Prefix}version", span.Text(AgentVersion));
        span.Add($"{Prefix}conversation_id", span.Text(ConversationId));
    }
}
