using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AgentFunctions.Telemetry.Metrics;

namespace AgentFunctions.Models.Limits;

/// <summary>The limiters of the process, one for each limited model: agents that share the model share its limit.</summary>
internal sealed class ModelLimiters(TimeProvider time, AgentMeter? meter)
{
    private readonly ConcurrentDictionary<(string Key, string? BaseUrl, string Model, RateLimit Limit), ModelLimiter> _limiters = new();

    private readonly Histogram<double>? _waits = meter?.Meter.CreateHistogram(
        "agentfunctions.model.rate_limit.wait", "s", "Time that model calls wait for their turn under models.*.rate_limit.", tags: null, Buckets.CallSeconds);

    /// <summary>Null for a model without limits.</summary>
    public ModelLimiter? Find(ModelDefinition model) => model.RateLimit is not { } limit
        ? null
        : _limiters.GetOrAdd((model.Key, model.BaseUrl, model.Model, limit), entry => new ModelLimiter(entry.Limit, time, _waits));
}
