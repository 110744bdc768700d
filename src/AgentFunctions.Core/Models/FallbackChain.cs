// The models that may answer a run: the agent's own, and those that take over when it fails.
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Models;

public static class FallbackChain
{
    /// <summary>The model, then its fallbacks in their order.</summary>
    public static IEnumerable<ModelDefinition> Chain(this ModelDefinition model) => [model, .. model.Fallbacks ?? []];

    /// <summary>The agent on one of its models; 0 is its own, 1 the first fallback.</summary>
    public static AgentDefinition OnModel(this AgentDefinition agent, int index) =>
        index == 0 ? agent : agent with { Model = agent.Model.Fallbacks![index - 1] };

    /// <summary>
    /// Whether another model may do better: where the provider is overloaded, down, silent, or its quota is used up. Not where
    /// a person must look (INVALID_CONFIG), nor where the request is at fault (INVALID_INPUT, CONTENT_MODERATION): what one
    /// provider has refused is not carried to the next.
    /// </summary>
    public static bool FallsBack(this RunError? error) =>
        error?.Code is RunErrorCodes.ApiError or RunErrorCodes.RateLimit or RunErrorCodes.ModelTimeout;
}
