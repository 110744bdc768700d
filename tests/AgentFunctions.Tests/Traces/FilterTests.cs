// The filter of searches: what it accepts, what it refuses and how, and what it matches.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;

namespace AgentFunctions.Tests.Traces;

public sealed class FilterTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private static readonly SpanRecord _span = Samples.Span(Trace, "b7ad6b7169203331", "execute_tool get_weather", millisecond: 10) with
    {
        Type = "TOOL",
        Status = 2,
        StatusMessage = "50% off_by_one",
        EndTime = Samples.Start.AddMilliseconds(260),
        RunId = "r1",
        UserId = "ann",
        Attributes = new JsonObject
        {
            ["gen_ai.tool.name"] = "get_weather",
            ["gen_ai.request.model"] = "gpt-4o-mini",
            [GenAiAttributes.UsageInputTokens] = 20L,
            [GenAiAttributes.UsageOutputTokens] = 5L,
            [GenAiAttributes.CostUsd] = 0.25,
            ["retries"] = 3,
            ["cached"] = true,
            ["tags"] = new JsonArray("a", "b"),
            ["empty"] = null,
        },
    };

    [Theory]
    [InlineData("""{"op":"EQ","key":"name","value":"execute_tool get_weather"}""")]
    [InlineData("""{"op":"eq","key":"status","value":"ERROR"}""")]
    [InlineData("""{"op":"neq","key":"type","value":"LLM"}""")]
    [InlineData("""{"op":"Contains","key":"status_message","value":"50% OFF_by"}""")]
    [InlineData("""{"op":"STARTSWITH","key":"name","value":"EXECUTE_TOOL "}""")]
    [InlineData("""{"op":"GTE","key":"duration_ms","value":250}""")]
    [InlineData("""{"op":"GT","key":"total_tokens","value":24}""")]
    [InlineData("""{"op":"LT","key":"cost_usd","value":0.3}""")]
    [InlineData("""{"op":"GTE","key":"start_time","value":"2026-01-02T04:04:05.010+01:00"}""")]
    [InlineData("""{"op":"LTE","key":"created_at","value":"2026-01-02T03:04:05.010"}""")]
    [InlineData("""{"op":"EQ","key":"session_id","value":null}""")]
    [InlineData("""{"op":"NEQ","key":"session_id","value":"s1"}""")]
    [InlineData("""{"op":"NEQ","key":"user_id","value":null}""")]
    [InlineData("""{"op":"IN","key":"user_id","values":["bob","ann"]}""")]
    [InlineData("""{"op":"IN","key":"team_id","values":["t",null]}""")]
    [InlineData("""{"op":"NOT","condition":{"op":"GT","key":"attributes.none","value":1}}""")]
    [InlineData("""{"op":"EQ","key":"attributes.retries","value":3.0}""")]
    [InlineData("""{"op":"EQ","key":"attributes.cached","value":true}""")]
    [InlineData("""{"op":"EQ","key":"attributes.empty","value":null}""")]
    [InlineData("""{"op":"CONTAINS","key":"attributes.tags","value":"\"b\""}""")]
    [InlineData("""{"op":"EQ","key":"attributes.gen_ai.tool.name","value":"get_weather"}""")]
    [InlineData("""{"op":"AND","conditions":[{"op":"EQ","key":"run_id","value":"r1"},{"op":"OR","conditions":[{"op":"EQ","key":"tool","value":"x"},{"op":"EQ","key":"model","value":"gpt-4o-mini"}]}]}""")]
    public void A_span_that_fulfils_the_filter_matches_and_its_negation_does_not(string json)
    {
        Assert.True(Spans(json).Matches(_span));
        Assert.False(new Filter.Not(Spans(json)).Matches(_span));
    }

    [Theory]
    [InlineData("""{"op":"EQ","key":"name","value":"EXECUTE_TOOL GET_WEATHER"}""")]
    [InlineData("""{"op":"CONTAINS","key":"status_message","value":"50_ off"}""")]
    [InlineData("""{"op":"STARTSWITH","key":"status_message","value":"%"}""")]
    [InlineData("""{"op":"CONTAINS","key":"session_id","value":""}""")]
    [InlineData("""{"op":"GT","key":"duration_ms","value":250}""")]
    [InlineData("""{"op":"LT","key":"attributes.none","value":1}""")]
    [InlineData("""{"op":"EQ","key":"attributes.retries","value":"3"}""")]
    [InlineData("""{"op":"GT","key":"attributes.retries","value":"2"}""")]
    [InlineData("""{"op":"NEQ","key":"session_id","value":null}""")]
    [InlineData("""{"op":"LT","key":"start_time","value":"2026-01-02T04:04:05.010+01:00"}""")]
    [InlineData("""{"op":"AND","conditions":[{"op":"EQ","key":"run_id","value":"r1"},{"op":"EQ","key":"run_id","value":"r2"}]}""")]
    public void A_span_that_does_not_fulfil_the_filter_does_not_match(string json) => Assert.False(Spans(json).Matches(_span));

    [Theory]
    [InlineData("""{"op":"EQ","key":"status","value":"Running"}""")]
    [InlineData("""{"op":"GTE","key":"total_spans","value":4}""")]
    [InlineData("""{"op":"EQ","key":"cost_usd","value":null}""")]
    [InlineData("""{"op":"LT","key":"created_at","value":"2026-01-02T03:04:06Z"}""")]
    [InlineData("""{"op":"EQ","key":"total_tokens","value":7}""")]
    public void A_filter_on_traces_reads_the_summary(string json)
    {
        var trace = new TraceSummary
        {
            TraceId = Trace,
            Name = "invoke_agent weather",
            Status = "running",
            StartTime = Samples.Start,
            EndTime = Samples.Start.AddSeconds(1),
            DurationMs = 1000,
            TotalSpans = 4,
            ErrorCount = 1,
            Usage = new RunUsage(3, 4, 0, 0),
        };

        Assert.True(FilterJson.OfTraces(JsonElement.Parse(json)).Matches(trace));
    }

    [Fact]
    public void Every_key_can_be_filtered_by()
    {
        Assert.All(FilterKeys.Span, key => new Filter.Compare(FilterOperator.Eq, key, null).Matches(_span));
        var summary = new TraceSummary { TraceId = Trace, Name = "n", Status = "ok", StartTime = default, EndTime = default, DurationMs = 0, TotalSpans = 0, ErrorCount = 0, Usage = RunUsage.None };
        Assert.All(FilterKeys.Trace, key => new Filter.Compare(FilterOperator.Eq, key, null).Matches(summary));
    }

    [Theory]
    [InlineData("[]", "$", "is an object such as")]
    [InlineData("""{"key":"name","value":1}""", "$.op", "operator is missing")]
    [InlineData("""{"op":"STARTWITH","key":"name","value":"x"}""", "$.op", "did you mean 'STARTSWITH'?")]
    [InlineData("""{"op":"LIKE","key":"name","value":"x"}""", "$.op", "valid are EQ, NEQ")]
    [InlineData("""{"op":"EQ","key":"sesion_id","value":"x"}""", "$.key", "did you mean 'session_id'?")]
    [InlineData("""{"op":"EQ","key":"attributes.","value":"x"}""", "$.key", "is not a key")]
    [InlineData("""{"op":"EQ","key":7,"value":"x"}""", "$.key", "is not a key")]
    [InlineData("""{"op":"EQ","key":"name"}""", "$.value", "'value' is missing")]
    [InlineData("""{"op":"EQ","key":"name","values":["x"]}""", "$.values", "did you mean 'value'?")]
    [InlineData("""{"op":"EQ","key":"name","value":3}""", "$.value", "a string is expected")]
    [InlineData("""{"op":"EQ","key":"name","value":"\ud800"}""", "$.value", "not valid Unicode")]
    [InlineData("""{"op":"GT","key":"duration_ms","value":"3"}""", "$.value", "a number is expected")]
    [InlineData("""{"op":"GT","key":"duration_ms","value":1e999}""", "$.value", "a number is expected")]
    [InlineData("""{"op":"GT","key":"start_time","value":"yesterday"}""", "$.value", "a time such as")]
    [InlineData("""{"op":"GT","key":"user_id","value":null}""", "$.value", "use EQ or NEQ")]
    [InlineData("""{"op":"GT","key":"attributes.x","value":true}""", "$.value", "use EQ or NEQ")]
    [InlineData("""{"op":"EQ","key":"attributes.x","value":[]}""", "$.value", "a string, a number")]
    [InlineData("""{"op":"CONTAINS","key":"attributes.x","value":3}""", "$.value", "needs a string")]
    [InlineData("""{"op":"CONTAINS","key":"duration_ms","value":3}""", "$.op", "compares text")]
    [InlineData("""{"op":"EQ","key":"status","value":"eror"}""", "$.value", "did you mean 'error'?")]
    [InlineData("""{"op":"IN","key":"name","values":[]}""", "$.values", "1 to 500 values")]
    [InlineData("""{"op":"IN","key":"name","values":["a",2]}""", "$.values[1]", "a string is expected")]
    [InlineData("""{"op":"AND","conditions":[]}""", "$.conditions", "at least one")]
    [InlineData("""{"op":"OR","conditions":[{"op":"EQ","key":"name","value":"x"},{"op":"NOT","condition":3}]}""", "$.conditions[1].condition", "is an object")]
    public void What_is_wrong_is_named_with_its_place_and_the_fix(string json, string path, string message)
    {
        var refused = Assert.Throws<InvalidFilterException>(() => Spans(json));

        Assert.Equal(path, refused.Path);
        Assert.Contains(message, refused.Message);
    }

    [Fact]
    public void Attributes_are_no_key_of_traces() =>
        Assert.Throws<InvalidFilterException>(() => FilterJson.OfTraces(JsonElement.Parse("""{"op":"EQ","key":"attributes.x","value":1}""")));

    [Fact]
    public void Ten_levels_are_read_and_eleven_refused()
    {
        Assert.NotNull(Spans(Nested(9)));
        Assert.Contains("10 deep", Assert.Throws<InvalidFilterException>(() => Spans(Nested(10))).Message);

        static string Nested(int nots) => string.Concat(Enumerable.Repeat("""{"op":"NOT","condition":""", nots))
            + """{"op":"EQ","key":"name","value":"x"}""" + new string('}', nots);
    }

    [Fact]
    public void More_than_a_hundred_conditions_are_refused()
    {
        Assert.NotNull(Spans(Wide(99)));
        Assert.Contains("100 conditions", Assert.Throws<InvalidFilterException>(() => Spans(Wide(100))).Message);

        static string Wide(int count) => $$"""{"op":"OR","conditions":[{{string.Join(',', Enumerable.Repeat("""{"op":"EQ","key":"name","value":"x"}""", count))}}]}""";
    }

    private static Filter Spans(string json) => FilterJson.OfSpans(JsonElement.Parse(json));
}
