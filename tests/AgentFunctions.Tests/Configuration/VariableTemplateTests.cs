using AgentFunctions.Configuration;

namespace AgentFunctions.Tests.Configuration;

public sealed class VariableTemplateTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("${NAME}", "ada")]
    [InlineData("Bearer ${NAME}-${NAME}!", "Bearer ada-ada!")]
    [InlineData("${UNSET:-fallback}", "fallback")]
    [InlineData("${EMPTY:-fallback}", "fallback")]
    [InlineData("${UNSET:-}", "")]
    [InlineData("[${EMPTY}]", "[]")]
    [InlineData("$$", "$")]
    [InlineData("$${NAME}", "${NAME}")]
    [InlineData("^a$", "^a$")]
    [InlineData("costs $5", "costs $5")]
    public void A_template_expands(string template, string expected) =>
        Assert.Equal(expected, VariableTemplate.Expand(template, Lookup));

    [Fact]
    public void A_variable_that_is_not_set_is_named()
    {
        var error = Assert.Throws<VariableTemplateException>(() => VariableTemplate.Expand("x ${MISSING_KEY} ${NAME}", Lookup));
        Assert.Equal("MISSING_KEY", error.Variable);
        Assert.Contains("MISSING_KEY is not set", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ada", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${NAME")]
    [InlineData("${}")]
    [InlineData("${a b}")]
    public void A_malformed_variable_is_an_error_that_shows_the_escape(string template)
    {
        var error = Assert.Throws<VariableTemplateException>(() => VariableTemplate.Expand(template, Lookup));
        Assert.Null(error.Variable);
        Assert.Contains("$${", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_not_expanded_again() =>
        Assert.Equal("${NAME}", VariableTemplate.Expand("${NESTED}", Lookup));

    private static string? Lookup(string name) => name switch { "NAME" => "ada", "EMPTY" => "", "NESTED" => "${NAME}", _ => null };
}
