// The checks that every build has.
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Telemetry;
using AgentFunctions.Traces;

namespace AgentFunctions.Health;

internal static class StandardChecks
{
    private const double FullQueue = 0.9;
    private static readonly string _noTrace = new('0', 32);

    /// <summary>Writes to the state store and reads back: a definition, which is the same however often it is written.</summary>
    public static HealthCheck StateStore(IDefinitionStore definitions, IAgentCatalog catalog) => new("state_store", IsCritical: true, async cancellationToken =>
    {
        var agent = catalog.Agents[0];
        await definitions.PutAsync(agent, cancellationToken);
        return await definitions.GetAsync(agent.Hash, cancellationToken) is null
            ? throw new HealthException("What was written cannot be read.")
            : "Writes and reads.";
    });

    /// <summary>Runs go on without it: what it lacks is written again at their end.</summary>
    public static HealthCheck TraceStore(ITraceStore traces) => new("trace_store", IsCritical: false, async cancellationToken =>
    {
        await traces.GetSpanIdsAsync(_noTrace, "readyz", cancellationToken);
        return "Reads.";
    });

    public static HealthCheck SpanQueue(SpanWriter writer, SpanWriterOptions options) => new("span_queue", IsCritical: false, _ =>
    {
        var state = $"{writer.Waiting} of {options.MaxQueueSize} spans wait for the trace store.";
        return writer.Waiting < options.MaxQueueSize * FullQueue ? Task.FromResult(state) : throw new HealthException(state);
    });

    /// <summary>Whether each agent's model could be called as configured; no provider is asked.</summary>
    public static HealthCheck Models(IAgentCatalog catalog, IModelClients models) => new("models", IsCritical: false, _ =>
    {
        var problems = new List<string>();
        foreach (var model in catalog.Agents.SelectMany(agent => agent.Model.Chain()).DistinctBy(model => model.Key).Where(model => model != ModelDefinition.None))
        {
            try
            {
                models.Get(model);
            }
            catch (ModelException e)
            {
                problems.Add(e.Message);
            }
        }

        return problems.Count == 0 ? Task.FromResult("Configured.") : throw new HealthException(string.Join(' ', problems));
    });
}
