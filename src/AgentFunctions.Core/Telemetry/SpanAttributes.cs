// What the builders of spans share: the attributes that every span has, and the rules for values.
using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry;

internal static class SpanAttributes
{
    /// <summary>Whose work the span is: run, session, user and agent.</summary>
    /// <param name="run">The run.</param>
    /// <param name="agent">The run's agent.</param>
    /// <param name="operation">Of the GenAI conventions; null for what they have no word for.</param>
    /// <param name="kind">The OpenInference kind.</param>
    public static Dictionary<string, object> Of(RunRecord run, AgentDefinition agent, string? operation, string kind)
    {
        var attributes = Of(run, operation, kind);
        attributes[AgentId] = run.AgentId;
        attributes[AgentName] = agent.Name;
        attributes[AgentVersion] = run.DefinitionHash;
        return attributes;
    }

    /// <summary>As the other, for a run that has no agent.</summary>
    public static Dictionary<string, object> Of(RunRecord run, string? operation, string kind)
    {
        var attributes = new Dictionary<string, object> { [SpanKind] = kind };
        attributes.AddUnlessNull(OperationName, operation);
        attributes[ConversationId] = run.SessionId;
        attributes[SessionId] = run.SessionId;
        attributes[RunId] = run.RunId;
        attributes.AddUnlessNull(UserId, run.UserId);
        attributes.AddUnlessNull(TeamId, run.TeamId);
        attributes.AddUnlessNull(WorkflowId, run.WorkflowId);
        return attributes;
    }

    public static void AddUnlessNull(this Dictionary<string, object> attributes, string key, object? value)
    {
        if (value is not null and not "")
            attributes[key] = value;
    }

    public static ActivityStatusCode StatusOf(string? error) => error is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error;

    /// <summary>Clocks of two machines may disagree; a span never ends before it starts.</summary>
    public static DateTimeOffset EndOf(DateTimeOffset start, DateTimeOffset end) => end < start ? start : end;
}
