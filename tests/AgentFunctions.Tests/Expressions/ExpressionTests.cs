// The condition language of approvals and workflows: what it decides, what it leaves open, and what it refuses.
using System.Text.Json;
using AgentFunctions.Expressions;
using Xunit;

namespace AgentFunctions.Tests.Expressions;

public sealed class ExpressionTests
{
    private static readonly JsonElement _scope = JsonElement.Parse("""
        {
          "amount": 150.5, "count": 3, "huge": 1e300, "country": "DE", "urgent": true, "note": null,
          "customer": { "vip": false, "tags": ["new", "eu"] },
          "items": [ { "price": 10 }, { "price": 20 } ],
          "steps": { "first-draft": { "output": "it's APPROVED" } },
          "rows": [[1, 2], [3, 4]]
        }
        """);

    [Theory]
    [InlineData("amount > 100", true)]
    [InlineData("amount >= 150.5 and amount <= 150.50", true)]
    [InlineData("amount < 150.5 or amount > 150.5", false)]
    [InlineData("count == 3.0", true)]
    [InlineData("count != 3", false)]
    [InlineData("count > -1", true)]
    [InlineData("huge > 100", true)]
    [InlineData("country == \"DE\"", true)]
    [InlineData("country == 'de'", false)]
    [InlineData("country < 'FR'", true)]
    [InlineData("urgent", true)]
    [InlineData("not urgent", false)]
    [InlineData("!customer.vip", true)]
    [InlineData("customer.tags contains 'eu'", true)]
    [InlineData("customer.tags contains 'us'", false)]
    [InlineData("country contains 'E'", true)]
    [InlineData("items.1.price == 20", true)]
    [InlineData("rows.1.0 == 3", true)]
    [InlineData("steps.first-draft.output contains 'it\\'s'", true)]
    [InlineData("amount == count", false)]
    [InlineData("amount == 'amount'", false)]
    [InlineData("true", true)]
    public void A_condition_is_decided_by_its_values(string text, bool expected) =>
        Assert.Equal(expected, Expression.Parse(text).Test(_scope));

    [Theory]
    [InlineData("true or true and false", true)]
    [InlineData("(true or true) and false", false)]
    [InlineData("not true or true", true)]
    [InlineData("not (true or true)", false)]
    [InlineData("not count == 3", false)]
    [InlineData("false || true && !false", true)]
    public void Not_binds_closer_than_and_and_and_closer_than_or(string text, bool expected) =>
        Assert.Equal(expected, Expression.Parse(text).Test(_scope));

    [Theory]
    [InlineData("missing > 100")]
    [InlineData("missing == 1")]
    [InlineData("not missing")]
    [InlineData("customer.missing.deeper == 'x'")]
    [InlineData("items.2.price > 1")]
    [InlineData("country > 100")]
    [InlineData("note > 1")]
    [InlineData("count")]
    [InlineData("missing > 1 or customer.vip")]
    [InlineData("missing > 1 and urgent")]
    public void What_is_missing_or_cannot_be_compared_leaves_it_undecided(string text) =>
        Assert.Null(Expression.Parse(text).Test(_scope));

    [Theory]
    [InlineData("missing > 1 and customer.vip", false)]
    [InlineData("missing > 1 or urgent", true)]
    [InlineData("missing == null", true)]
    [InlineData("missing != null", false)]
    [InlineData("note == null", true)]
    [InlineData("amount == null", false)]
    public void The_rest_and_a_comparison_with_null_decide_all_the_same(string text, bool expected) =>
        Assert.Equal(expected, Expression.Parse(text).Test(_scope));

    [Theory]
    [InlineData("", 1, "expected a value")]
    [InlineData("amount >", 9, "found the end")]
    [InlineData("amount = 3", 8, "'=='")]
    [InlineData("amount > 1 2", 12, "found '2'")]
    [InlineData("(amount > 1", 12, "'(' at character 1")]
    [InlineData("amount > 1)", 11, "found ')'")]
    [InlineData("1 < amount < 5", 12, "join two of them with 'and'")]
    [InlineData("country == 'DE", 12, "no closing '")]
    [InlineData("customer. > 1", 11, "after '.'")]
    [InlineData("amount > $5", 10, "'$'")]
    [InlineData("and amount", 1, "found 'and'")]
    [InlineData("amount > 99999999999999999999999999999999", 10, "too large")]
    public void A_mistake_is_told_with_its_position(string text, int position, string problem)
    {
        var error = Assert.Throws<ExpressionException>(() => Expression.Parse(text));

        Assert.Equal(position, error.Position);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_nested_too_deep_or_too_long_is_refused_and_not_run_into_the_stack()
    {
        var deep = new string('(', 1000) + "true" + new string(')', 1000);

        Assert.Contains("nested", Assert.Throws<ExpressionException>(() => Expression.Parse(deep)).Message, StringComparison.Ordinal);
        Assert.Contains("characters", Assert.Throws<ExpressionException>(() => Expression.Parse(new string(' ', 5000))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_alone_has_the_value_that_is_found()
    {
        Assert.Equal("DE", Expression.Parse("country").Evaluate(_scope)?.GetString());
        Assert.Null(Expression.Parse("missing").Evaluate(_scope));
        Assert.True(Expression.Parse("count > 2").Evaluate(_scope)?.GetBoolean());
    }

    [Fact]
    public void The_names_that_it_reads_are_known() =>
        Assert.Equal(["amount", "customer"], Expression.Parse("amount > 1 and (customer.vip or not customer.tags contains amount)").Names);
}
