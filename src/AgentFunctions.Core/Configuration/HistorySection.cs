// `history` of an agent: how much of its session a run sees, and when the rest is summarized.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Sessions;

namespace AgentFunctions.Configuration;

internal static class HistorySection
{
    private const int MostMessages = 10_000;

    /// <summary>The agent with its window; <c>history_messages</c> is the short form of <c>history.messages</c>.</summary>
    public static AgentDefinition Read(ConfigMap agentMap, AgentDefinition agent, IReadOnlyDictionary<string, ModelDefinition> models)
    {
        agent = agent with { HistoryMessages = agentMap.Get("history_messages")?.Integer(0, MostMessages) ?? agent.HistoryMessages };
        if (agentMap.Get("history") is not { } value || value.Map() is not { } map)
            return agent;
        if (agentMap.Has("history_messages"))
            value.AddProblem("says again what `history_messages` says; keep one of them");
        agent = agent with
        {
            HistoryMessages = map.Get("messages")?.Integer(0, MostMessages) ?? agent.HistoryMessages,
            HistoryTokens = map.Get("tokens")?.Integer(1),
        };
        agent = agent with { HistorySummary = map.Get("summary") is { } summary ? ReadSummary(summary, agent.HistoryMessages, models) : null };
        map.End();
        return agent;
    }

    private static SummaryDefinition? ReadSummary(ConfigValue value, int messages, IReadOnlyDictionary<string, ModelDefinition> models)
    {
        if (value.Map() is not { } map)
            return null;
        var after = map.Require("after_messages")?.Integer(1, MostMessages) ?? messages + 1;
        if (after <= messages)
            map.Get("after_messages")!.AddProblem($"must be more than the {messages} messages that stay in the window");
        var model = map.Has("model") ? AgentSection.ReadModel(map.Get("model"), models) : null;
        map.End();
        return new SummaryDefinition(after, model);
    }
}
