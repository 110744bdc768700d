using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Costs;

/// <summary>What is counted. See <c>observability.track_tokens</c> and <c>observability.cost_tracking</c>.</summary>
public sealed record AccountingOptions(bool Tokens = true, bool Costs = true);

/// <summary>Puts the cost on a finished model call, or says that it is not known. Unknown is never counted as free.</summary>
public sealed class CallAccounting(PriceBook prices, AccountingOptions options)
{
    public bool CountsTokens => options.Tokens;

    public bool CountsCosts => options is { Tokens: true, Costs: true };

    /// <summary>Whether a call of the model that begins at that time can be priced.</summary>
    public bool CanPrice(ModelDefinition model, DateTimeOffset at) => CountsCosts && prices.Knows(model, at);

    /// <summary>The result with its cost at the price of the time when the call began.</summary>
    public ModelStepResult Settle(ModelStepResult result, ModelDefinition model)
    {
        if (!CountsTokens)
            return result with { Usage = RunUsage.None, UsageUnknown = false };
        if (!CountsCosts)
            return result;

        if (prices.Find(model, result.ResponseModel, result.Usage, result.StartedAt) is not { } price)
            return result with { CostUnknown = result.UsageUnknown || result.Usage != RunUsage.None };

        var free = price.Rates.IsFree;
        var nothingReported = result.UsageUnknown && result.Usage == RunUsage.None;
        return result with
        {
            Price = price,
            CostUsd = nothingReported && !free ? null : price.Rates.CostOf(result.Usage),
            CostUnknown = result.UsageUnknown && !free,
        };
    }
}
