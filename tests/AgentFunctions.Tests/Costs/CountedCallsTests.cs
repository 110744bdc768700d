using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Costs;
using AgentFunctions.Http;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Configuration;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Runs;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace AgentFunctions.Tests.Costs;

/// <summary>What the switches and limits of `observability` do to runs, with the app's own services on SQLite.</summary>
public sealed class CountedCallsTests
{
    private const string Agents = """
        models: { quick: { provider: scripted, script: [{ say: Hello. }] } }
        agents: [{ name: greeter, model: quick, prompt: Greet. }]
        """;

    [Fact]
    public async Task A_call_that_is_delivered_again_after_a_crash_does_not_claim_to_know_all_that_was_used()
    {
        await using var services = Open("");
        var (crashed, clean) = (await StartAsync(services, "a"), await StartAsync(services, "b"));
        await services.Runs.CommitAsync(new RunCommit(crashed.RunId, "begun:1:1", "{}"));

        Assert.True((await CallAsync(services, crashed)).UsageUnknown);
        Assert.False((await CallAsync(services, clean)).UsageUnknown);
    }

    [Fact]
    public async Task The_run_row_has_the_usage_and_cost_of_a_call_as_soon_as_it_is_committed()
    {
        await using var services = Open("");
        var run = await StartAsync(services, "a");
        var result = await CallAsync(services, run);

        var row = await services.Runs.RequireAsync(run.RunId, default);
        Assert.Equal((result.Usage, 0m, 0), (row.Usage, row.CostUsd, row.UnpricedCalls));
        Assert.NotEqual(RunUsage.None, row.Usage);
    }

    [Fact]
    public async Task The_run_row_counts_an_unpriced_call_as_soon_as_it_is_committed()
    {
        await using var provider = await FakeOpenAI.StartNewAsync();
        provider.Enqueue(FakeOpenAI.Answer("Hello."));
        await using var services = new RunServices(new FakeTime(), $$"""
            models: { quick: { provider: ollama, base_url: "{{provider.BaseUrl}}", model: nameless } }
            agents: [{ name: greeter, model: quick, prompt: Greet. }]
            """);
        var run = await StartAsync(services, "a");
        await CallAsync(services, run);

        var row = await services.Runs.RequireAsync(run.RunId, default);
        Assert.Equal((null, 1, 25), (row.CostUsd, row.UnpricedCalls, row.Usage.TotalTokens));
    }

    [Fact]
    public async Task Without_token_tracking_no_tokens_are_kept_and_a_budget_of_tokens_is_refused()
    {
        await using var services = Open("observability: { track_tokens: false }");
        var result = await CallAsync(services, await StartAsync(services, "a"));

        Assert.Equal((RunUsage.None, null), (result.Usage, result.CostUsd));
        var refused = await Assert.ThrowsAsync<ApiException>(() => StartAsync(services, "b", new(Tokens: 10)));
        Assert.Contains("track_tokens", refused.Message);
    }

    [Fact]
    public async Task Without_cost_tracking_no_cost_is_kept_and_a_budget_of_dollars_is_refused()
    {
        await using var services = Open("observability: { cost_tracking: false }");
        var result = await CallAsync(services, await StartAsync(services, "a"));

        Assert.Equal((null, false, null), (result.CostUsd, result.CostUnknown, result.Price));
        Assert.NotEqual(RunUsage.None, result.Usage);
        var refused = await Assert.ThrowsAsync<ApiException>(() => StartAsync(services, "b", new(CostUsd: 1)));
        Assert.Equal("price_unknown", refused.Code);
        Assert.Contains("cost_tracking", refused.Message);
    }

    [Fact]
    public async Task Past_the_days_tokens_new_runs_are_refused_and_one_that_is_there_is_answered()
    {
        await using var services = Open("observability: { daily_token_limit: 1 }");
        var run = await StartAsync(services, "a");
        await CallAsync(services, run);

        Assert.Equal(run.RunId, (await StartAsync(services, "a")).RunId);
        var refused = await Assert.ThrowsAsync<ApiException>(() => StartAsync(services, "b"));
        Assert.Equal((429, "daily_token_limit_reached", TimeSpan.FromDays(1)), (refused.Status, refused.Code, refused.RetryAfter));
    }

    [Theory]
    [InlineData("daily_token_limit: 10, track_tokens: false", "observability.daily_token_limit")]
    [InlineData("daily_token_limit: 10, tracing: false", "observability.daily_token_limit")]
    [InlineData("cost_alert_threshold: 10, track_tokens: false", "observability.cost_alert_threshold")]
    [InlineData("cost_alert_threshold: 10, cost_tracking: false", "observability.cost_alert_threshold")]
    [InlineData("cost_alert_threshold: 10, tracing: false", "observability.cost_alert_threshold")]
    public void A_limit_on_what_is_not_counted_is_a_mistake_of_the_configuration(string observability, string key)
    {
        var configuration = TemporaryFile.Load($"observability: {{ {observability} }}");

        var mistake = Assert.Throws<ConfigurationException>(() => new ServiceCollection().AddCosts(configuration));
        Assert.Equal(key, Assert.Single(mistake.Problems).Key);
    }

    private static RunServices Open(string observability) => new(new FakeTime(), $"{observability}\n{Agents}");

    private static Task<RunRecord> StartAsync(RunServices services, string key, AgentFunctions.Agents.RunBudget? budget = null) =>
        services.Get<RunStarter>().StartAsync(
            new Mock<DurableTaskClient>("test").Object, RunKind.Agent, "greeter", new RunRequest { Input = "hi", Hash = "h", Budget = budget }, key, null, default);

    private static Task<ModelStepResult> CallAsync(RunServices services, RunRecord run) =>
        services.Get<CallModelRunner>().RunAsync(new ModelStep(run.RunId, 1, 1, 1), default);
}
