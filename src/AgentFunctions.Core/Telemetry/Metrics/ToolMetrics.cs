using System.Diagnostics;
using System.Diagnostics.Metrics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>How long tools take. Call it once for a result that was committed, while the call's span is current.</summary>
public sealed class ToolMetrics(AgentMeter meter, AixgoMetrics aixgo)
{
    private readonly Histogram<double> _duration = meter.Meter.CreateHistogram(
        "gen_ai.execute_tool.duration", "s", "Time that tool calls take.", tags: null, Buckets.CallSeconds);

    private readonly Histogram<double> _goai = meter.Meter.CreateHistogram(
        "goai.tool.duration", "s", "Time that tool calls take, by tool.", tags: null, Buckets.CallSeconds);

    public void Executed(AgentDefinition agent, ToolStepResult result)
    {
        var seconds = (result.EndedAt - result.StartedAt).TotalSeconds;
        // The model may ask for a tool that is not there, under any name: a label must not grow with what models make up.
        var tool = agent.Tools.Any(t => t.Name == result.Tool) ? result.Tool : "unknown";
        var tags = new TagList
        {
            { ToolName, tool },
            { ToolType, "function" },
            { AgentName, agent.Name },
        };
        if (result.ErrorCode is { } error)
            tags.Add(ErrorType, error);
        _duration.Record(seconds, tags);
        _goai.Record(seconds, new KeyValuePair<string, object?>(ToolName, tool));
        aixgo.ToolExecuted(agent);
    }
}
