using System.Text.Json;
using AgentFunctions.Tools;
using static AgentFunctions.Tests.Tools.ToolTestServices;

namespace AgentFunctions.Tests.Tools;

/// <summary>What a model is told about arguments that do not fit.</summary>
public sealed class ArgumentValidationTests
{
    private const string Schema = """
        {
          "type": "object",
          "properties": {
            "city": { "type": "string", "minLength": 2, "pattern": "^[A-Z]" },
            "days": { "type": "integer", "minimum": 1, "maximum": 14 },
            "share": { "type": "number", "exclusiveMaximum": 1 },
            "unit": { "enum": ["c", "f"] },
            "note": { "type": ["string", "null"] },
            "at": { "type": "string", "format": "date-time" },
            "stops": { "type": "array", "maxItems": 2, "items": { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] } }
          },
          "required": ["city"],
          "additionalProperties": false
        }
        """;

    [Theory]
    [InlineData("""{"city":"Oslo"}""")]
    [InlineData("""{"city":"Oslo","days":14,"share":0.99,"unit":"f","note":null,"at":"2026-01-02T03:04:05Z","stops":[{"name":"x"}]}""")]
    public void Arguments_that_fit_give_no_error(string arguments) => Assert.Null(Validate(arguments));

    [Theory]
    [InlineData("{}", "'city' is required")]
    [InlineData("""{"city":5}""", "'city' must be string")]
    [InlineData("""{"city":"X"}""", "'city' must have at least 2 characters")]
    [InlineData("""{"city":"oslo"}""", "'city' must match the pattern ^[A-Z]")]
    [InlineData("""{"city":"Oslo","days":"3"}""", "'days' must be integer")]
    [InlineData("""{"city":"Oslo","days":0}""", "'days' must be 1 or more")]
    [InlineData("""{"city":"Oslo","days":15}""", "'days' must be 14 or less")]
    [InlineData("""{"city":"Oslo","share":1}""", "'share' must be less than 1")]
    [InlineData("""{"city":"Oslo","unit":"k"}""", "'unit' must be one of c, f")]
    [InlineData("""{"city":"Oslo","note":1}""", "'note' must be string or null")]
    [InlineData("""{"city":"Oslo","at":"tomorrow"}""", "'at' must be string in the format date-time")]
    [InlineData("""{"city":"Oslo","stops":[{"name":"a"},{}]}""", "'stops[1].name' is required")]
    [InlineData("""{"city":"Oslo","stops":[{"name":"a"},{"name":"b"},{"name":"c"}]}""", "'stops' must have at most 2 items")]
    [InlineData("""{"city":"Oslo","town":"x"}""", "'town' is not known (known: city, days, share, unit, note, at, stops)")]
    [InlineData("""{"unit":"k","days":0}""", "'city' is required; 'days' must be 1 or more; 'unit' must be one of c, f")]
    public void The_error_names_the_property_and_what_was_expected(string arguments, string problem) =>
        Assert.Equal($"The arguments of 'get_weather' do not fit its schema: {problem}.", Validate(arguments));

    [Theory]
    [InlineData("\"{broken\"")]
    [InlineData("[]")]
    [InlineData("null")]
    public void Arguments_that_are_no_object_are_an_error(string arguments) =>
        Assert.Equal("The arguments of 'get_weather' must be a JSON object.", Validate(arguments));

    private static string? Validate(string arguments)
    {
        using var services = Build();
        return services.Runner().Validate(new ToolDefinition { Name = "get_weather", Parameters = JsonElement.Parse(Schema) }, JsonElement.Parse(arguments));
    }
}
