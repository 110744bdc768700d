// The durable history behind a run, which each build reads in its own way.
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Runs;

/// <summary>History events of an instance as the Durable management API prints them.</summary>
public interface IRunHistory
{
    /// <summary>The events in order, or null when the instance is not there (not begun, or purged).</summary>
    Task<JsonArray?> GetAsync(DurableTaskClient client, string instanceId, CancellationToken cancellationToken);
}
