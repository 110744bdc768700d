// The rules of an account that runs share, without a clock or a store.
using AgentFunctions.Agents;
using AgentFunctions.Budgets;
using AgentFunctions.Costs;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Configuration;

namespace AgentFunctions.Tests.Budgets;

public sealed class BudgetLedgerTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly BudgetLimits _hundred = new(Tokens: 100);

    private readonly BudgetLedger _ledger = new();

    [Fact]
    public void A_call_that_fits_beside_what_is_reserved_is_granted_and_one_that_does_not_waits()
    {
        Assert.Equal(BudgetAnswer.Granted, Reserve("a", 60));
        Assert.Equal(BudgetAnswer.Granted, Reserve("b", 40));
        Assert.Equal(BudgetAnswer.Wait, Reserve("c", 1));
    }

    [Fact]
    public void A_call_that_does_not_fit_is_granted_when_it_is_alone()
    {
        Assert.Equal(BudgetAnswer.Granted, Reserve("a", 500));
        Assert.Equal(BudgetAnswer.Wait, Reserve("b", 1));
    }

    [Fact]
    public void What_a_call_used_takes_the_place_of_what_it_reserved()
    {
        Reserve("a", 90);
        _ledger.Settle(new BudgetSettlement("a", new BudgetAmount(10, 0)));

        Assert.Equal((10, 0), (_ledger.Used.Tokens, _ledger.Reserved(_now).Tokens));
        Assert.Equal(BudgetAnswer.Granted, Reserve("b", 90));
    }

    [Fact]
    public void An_account_without_anything_left_says_which_limit_it_is()
    {
        _ledger.Settle(new BudgetSettlement("a", new BudgetAmount(100, 2)));

        Assert.Equal(new BudgetUse("tokens", 100, 100), Decide("b", 1, _hundred).Exceeded);
        Assert.Equal(new BudgetUse("cost_usd", 1.5m, 2), Decide("b", 1, new BudgetLimits(CostUsd: 1.5m)).Exceeded);
        Assert.Equal(BudgetAnswer.Granted, Decide("b", 1, new BudgetLimits(Tokens: 101, CostUsd: 2.1m)).Answer);
    }

    [Fact]
    public void A_call_that_asks_again_holds_one_reservation()
    {
        Reserve("a", 60);
        Reserve("a", 60);

        Assert.Equal(60, _ledger.Reserved(_now).Tokens);
    }

    [Fact]
    public void The_reservation_of_a_dead_run_expires_and_what_it_used_still_counts_if_it_comes_back()
    {
        Reserve("dead", 100);
        var later = _now + BudgetLedger.ReservationTime;

        Assert.Equal(BudgetAnswer.Granted, _ledger.Reserve(new BudgetRequest("b", new BudgetAmount(120, 0), _hundred, later)).Answer);
        _ledger.Settle(new BudgetSettlement("dead", new BudgetAmount(30, 0)));
        Assert.Equal((30, 120), (_ledger.Used.Tokens, _ledger.Reserved(later).Tokens));
    }

    [Theory]
    [InlineData(20, 7, 10)]
    [InlineData(3, 100, 100)]
    [InlineData(50, 1, 3)]
    public void Calls_at_the_same_time_never_pass_the_limit_by_more_than_one_call(int runs, int least, int most)
    {
        // All ask in turn; a granted call settles with anything up to its estimate when nobody else is granted any more.
        var used = Enumerable.Range(0, runs).Select(i => least + (i * 7 % (most - least + 1))).ToList();
        var waiting = new Queue<int>(Enumerable.Range(0, runs));
        var running = new Queue<int>();
        while (waiting.Count > 0 || running.Count > 0)
        {
            for (var turn = waiting.Count; turn > 0; turn--)
            {
                var run = waiting.Dequeue();
                var answer = Reserve($"r{run}", most);
                if (answer != BudgetAnswer.Exhausted)
                    (answer == BudgetAnswer.Granted ? running : waiting).Enqueue(run);
            }

            if (running.TryDequeue(out var done))
                _ledger.Settle(new BudgetSettlement($"r{done}", new BudgetAmount(used[done], 0)));
        }

        Assert.InRange(_ledger.Used.Tokens, Math.Min(100, used.Sum()), 100 + most - 1);
    }

    [Fact]
    public void A_call_is_estimated_by_its_conversation_and_the_longest_answer()
    {
        var terms = new BudgetTerms(new SharedBudgets(_hundred), null, FirstPrompt: 50, MaxAnswer: 20, new PriceRates(Input: 10, Output: 100));

        Assert.Equal(new BudgetAmount(70, ((50 * 10m) + (20 * 100m)) / 1_000_000), terms.Estimate(null));
        Assert.Equal(320, terms.Estimate(300).Tokens);
    }

    [Fact]
    public void The_tighter_of_two_budgets_holds_member_by_member()
    {
        var both = RunBudget.Tighter(new RunBudget(Tokens: 10, Seconds: 5) { Steps = 3 }, new RunBudget(Tokens: 20, CostUsd: 1) { Steps = 2, ToolCalls = 4 });

        Assert.Equal(new RunBudget(10, 1, 5) { Steps = 2, ToolCalls = 4 }, both);
        Assert.Null(RunBudget.Tighter(null, null));
    }

    [Fact]
    public void An_agents_shared_budgets_go_before_the_apps_scope_by_scope()
    {
        var configuration = TemporaryFile.Load("""
            budgets: { session: { tokens: 10 }, user_per_day: { tokens: 20, cost_usd: 1.5 } }
            models: { m: { provider: ollama, model: x } }
            agents: [{ name: a, model: m, prompt: p, budget: { steps: 4, tool_calls: 0 }, budgets: { session: { cost_usd: 2 } } }]
            """);

        var agent = Assert.Single(configuration.Agents);
        Assert.Equal(new RunBudget { Steps = 4, ToolCalls = 0 }, agent.Budget);
        Assert.Equal(new SharedBudgets(new BudgetLimits(CostUsd: 2), new BudgetLimits(20, 1.5m)), agent.Budgets!.Or(configuration.Budgets));
    }

    [Theory]
    [InlineData("budgets: { session: { tokens: 0 } }", "key 'budgets.session.tokens': must be 1 or more, not 0")]
    [InlineData("budgets: { user: { tokens: 1 } }", "key 'budgets.user': is not a known key")]
    [InlineData("budgets: { session: { seconds: 1 } }", "key 'budgets.session.seconds': is not a known key")]
    public void A_wrong_budget_is_told_with_its_place(string yaml, string problem) =>
        Assert.Contains(TemporaryFile.ProblemsOf(yaml), text => text.Contains(problem, StringComparison.Ordinal));

    private BudgetAnswer Reserve(string id, long tokens) => Decide(id, tokens, _hundred).Answer;

    private BudgetDecision Decide(string id, long tokens, BudgetLimits limits) =>
        _ledger.Reserve(new BudgetRequest(id, new BudgetAmount(tokens, 0), limits, _now));
}
