using AgentFunctions.Configuration;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Costs;

/// <summary>What a call cost, and when that is not known.</summary>
public sealed class CallAccountingTests
{
    private static readonly RunUsage _usage = new(1000, 200, 150, 600) { CacheWriteTokens = 100 };

    [Fact]
    public void Each_token_is_paid_once_at_its_own_rate()
    {
        var rates = new PriceRates(3, 15) { CachedInput = 0.3m, CacheWrite = 3.75m };

        // 300 plain, 600 cached, 100 written, 200 completed (reasoning is among them).
        Assert.Equal(((300 * 3m) + (600 * 0.3m) + (100 * 3.75m) + (200 * 15m)) / 1_000_000, rates.CostOf(_usage));
    }

    [Fact]
    public void Without_rates_of_their_own_cached_and_written_tokens_cost_as_input() =>
        Assert.Equal((1000 * 3m + 200 * 15m) / 1_000_000, new PriceRates(3, 15).CostOf(_usage));

    [Fact]
    public void Money_is_exact_to_the_last_digit() =>
        Assert.Equal(0.0000001m * 3, new PriceRates(0.1m, 0.1m).CostOf(new RunUsage(2, 1, 0, 0)));

    [Fact]
    public void A_priced_call_has_its_cost_and_the_price_that_explains_it()
    {
        var result = Accounting().Settle(Call(new RunUsage(1_000_000, 1_000_000, 0, 0)), OpenAI("gpt-4o-mini"));

        Assert.Equal((0.75m, false), (result.CostUsd, result.CostUnknown));
        Assert.Equal(("builtin", BuiltInPrices.Table.Version, "openai/gpt-4o-mini"), (result.Price!.Source, result.Price.Version, result.Price.Key));
    }

    [Fact]
    public void A_call_of_a_model_without_a_price_is_not_free_but_unknown()
    {
        var result = Accounting().Settle(Call(_usage), OpenAI("nobody-knows"));
        Assert.Equal((null, true), (result.CostUsd, result.CostUnknown));
    }

    [Fact]
    public void A_call_whose_usage_was_not_reported_is_not_free_but_unknown()
    {
        var result = Accounting().Settle(Call(RunUsage.None) with { UsageUnknown = true }, OpenAI("gpt-4o-mini"));
        Assert.Equal((null, true), (result.CostUsd, result.CostUnknown));
    }

    [Fact]
    public void A_call_that_broke_off_costs_at_least_what_was_reported()
    {
        var result = Accounting().Settle(Call(new RunUsage(1_000_000, 0, 0, 0)) with { UsageUnknown = true }, OpenAI("gpt-4o-mini"));
        Assert.Equal((0.15m, true), (result.CostUsd, result.CostUnknown));
    }

    [Fact]
    public void A_call_that_the_provider_refused_costs_nothing_whether_its_price_is_known_or_not()
    {
        Assert.False(Accounting().Settle(Call(RunUsage.None), OpenAI("nobody-knows")).CostUnknown);
        Assert.Equal(0, Accounting().Settle(Call(RunUsage.None), OpenAI("gpt-4o-mini")).CostUsd);
    }

    [Fact]
    public void A_free_model_costs_nothing_even_when_its_usage_is_unknown()
    {
        var result = Accounting().Settle(Call(RunUsage.None) with { UsageUnknown = true }, OpenAI("script") with { Provider = "scripted" });
        Assert.Equal((0m, false), (result.CostUsd, result.CostUnknown));
    }

    [Fact]
    public void With_cost_tracking_off_no_cost_is_computed_and_none_is_missed()
    {
        var result = Accounting(new(Costs: false)).Settle(Call(_usage), OpenAI("gpt-4o-mini"));
        Assert.Equal((null, false, _usage), (result.CostUsd, result.CostUnknown, result.Usage));
        Assert.False(Accounting(new(Costs: false)).CanPrice(OpenAI("gpt-4o-mini"), DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public void With_token_tracking_off_neither_tokens_nor_costs_are_kept()
    {
        var result = Accounting(new(Tokens: false)).Settle(Call(_usage) with { UsageUnknown = true }, OpenAI("gpt-4o-mini"));
        Assert.Equal((RunUsage.None, false, null, false), (result.Usage, result.UsageUnknown, result.CostUsd, result.CostUnknown));
    }

    [Fact]
    public void The_price_of_a_result_survives_the_store()
    {
        var result = Accounting().Settle(Call(_usage), OpenAI("gpt-4o-mini"));
        Assert.Equal(result.Price, Agents.AgentJson.Deserialize<ModelStepResult>(Agents.AgentJson.Serialize(result)).Price);
    }

    private static CallAccounting Accounting(AccountingOptions? options = null) => new(new PriceBook(BuiltInPrices.Table, []), options ?? new());

    private static ModelDefinition OpenAI(string model) => new() { Key = "m", Provider = "openai", Model = model };

    private static ModelStepResult Call(RunUsage usage) => new()
    {
        Step = 1,
        Attempt = 1,
        Status = ModelStepStatus.Succeeded,
        Usage = usage,
        StartedAt = new DateTimeOffset(2026, 10, 1, 0, 0, 0, TimeSpan.Zero),
        EndedAt = new DateTimeOffset(2026, 10, 1, 0, 0, 1, TimeSpan.Zero),
    };
}
