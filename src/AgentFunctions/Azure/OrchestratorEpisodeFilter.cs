// Keeps replays out of the exported telemetry.
using System.Collections.Frozen;
using System.Diagnostics;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using OpenTelemetry;

namespace AgentFunctions.Azure;

/// <summary>
/// The worker emits one span for every episode of an orchestrator, that is for every replay. They say nothing that the
/// durable spans do not, so they are not exported. Register before the exporters.
/// </summary>
internal sealed class OrchestratorEpisodeFilter : BaseProcessor<Activity>
{
    private static readonly FrozenSet<string> _orchestrators = typeof(OrchestratorEpisodeFilter).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods())
        .Where(method => method.GetParameters().Any(p => p.IsDefined(typeof(OrchestrationTriggerAttribute))))
        .Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name)
        .OfType<string>()
        .ToFrozenSet();

    public override void OnEnd(Activity data)
    {
        if (data.GetTagItem("faas.name") is string function && _orchestrators.Contains(function))
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }
}
