// Traces out of one store and into another, as OTLP and as lines.
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Local.Storage;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Traces;

public sealed class TraceFileTests : IAsyncLifetime
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string OtherTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly SpanRecord _full = Samples.Span(Trace, Id(1), Samples.Unicode, millisecond: 3) with
    {
        ParentSpanId = "00f067aa0ba902b7",
        Type = "TOOL",
        StartTime = Samples.Start.AddTicks(7),
        Status = 2,
        StatusMessage = "It failed: \"why\"",
        Scope = "AgentFunctions",
        RunId = "r1",
        SessionId = "s1",
        UserId = "u1",
        AgentId = "a1",
        TeamId = "t1",
        WorkflowId = "w1",
        Attributes = new JsonObject
        {
            ["openinference.span.kind"] = "TOOL",
            ["agentfunctions.run.id"] = "r1",
            ["session.id"] = "s1",
            ["user.id"] = "u1",
            ["gen_ai.agent.id"] = "a1",
            ["agentfunctions.team.id"] = "t1",
            ["agentfunctions.workflow.id"] = "w1",
            ["text"] = Samples.Unicode,
            ["whole"] = long.MaxValue,
            ["part"] = 0.1,
            ["yes"] = true,
            ["none"] = null,
            ["list"] = new JsonArray("a", 1, null, new JsonArray()),
            ["map"] = new JsonObject { ["inner"] = -5, ["deep"] = new JsonObject() },
        },
        Events = [new JsonObject { ["name"] = "exception", ["time"] = "2026-01-02T03:04:05.1234567+00:00", ["attributes"] = new JsonObject { ["exception.type"] = "TOOL_ERROR" } }],
        Links = [new JsonObject { ["trace_id"] = OtherTrace, ["span_id"] = Id(9), ["attributes"] = new JsonObject { ["agentfunctions.link.kind"] = "retry_of" } }],
    };

    private readonly Store _from = new();
    private readonly Store _to = new();

    public Task InitializeAsync() => _from.Spans.UpsertAsync(
        [_full, Samples.Span(Trace, Id(2), millisecond: 4), Samples.Span(OtherTrace, Id(1), "elsewhere", millisecond: 60_000) with { Scope = "Other" }]);

    public async Task DisposeAsync()
    {
        await _from.DisposeAsync();
        await _to.DisposeAsync();
    }

    [Theory]
    [InlineData(TraceFormat.Jsonl)]
    [InlineData(TraceFormat.Otlp)]
    public async Task What_is_exported_and_imported_into_an_empty_store_is_the_same_and_twice_doubles_nothing(TraceFormat format)
    {
        var file = await ExportAsync(new TraceQuery(), format);

        await ImportAsync(file);
        var again = await ImportAsync(file);

        Assert.Equal(3, again.Spans);
        foreach (var trace in new[] { Trace, OtherTrace })
            Assert.Equal((await _from.Spans.GetTraceAsync(trace, 10)).Select(AgentJson.Serialize), (await _to.Spans.GetTraceAsync(trace, 10)).Select(AgentJson.Serialize));
    }

    [Theory]
    [InlineData(TraceFormat.Jsonl, 2)]
    [InlineData(TraceFormat.Otlp, 1)]
    public async Task One_trace_is_exported_alone_and_as_OTLP_as_one_document(TraceFormat format, int lines)
    {
        using var file = new MemoryStream();
        Assert.True(await _from.Export.WriteTraceAsync(file, Trace, format, CancellationToken.None));
        Assert.False(await _from.Export.WriteTraceAsync(file, "00000000000000000000000000000001", format, CancellationToken.None));

        var result = await ImportAsync(Encoding.UTF8.GetString(file.ToArray()));

        Assert.Equal((lines, 2L), (result.Lines, result.Spans));
        Assert.Empty(await _to.Spans.GetTraceAsync(OtherTrace, 10));
    }

    [Fact]
    public async Task An_OTLP_span_has_hex_ids_integers_as_strings_and_enums_as_numbers()
    {
        using var file = new MemoryStream();
        await _from.Export.WriteTraceAsync(file, Trace, TraceFormat.Otlp, CancellationToken.None);
        var resource = JsonNode.Parse(file.ToArray())!["resourceSpans"]![0]!;
        var scope = resource["scopeSpans"]!.AsArray().Single(s => (string?)s!["scope"]!["name"] == "AgentFunctions")!;
        var span = Assert.Single(scope["spans"]!.AsArray())!;
        JsonNode Attribute(string key) => span["attributes"]!.AsArray().Single(a => (string?)a!["key"] == key)!["value"]!;

        Assert.Equal("""[{"key":"service.name","value":{"stringValue":"test-service"}}]""", resource["resource"]!["attributes"]!.ToJsonString());
        Assert.Equal((Trace, Id(1), "00f067aa0ba902b7"), ((string?)span["traceId"], (string?)span["spanId"], (string?)span["parentSpanId"]));
        Assert.Equal(("1767323045000000700", "1767323045008000000"), ((string?)span["startTimeUnixNano"], (string?)span["endTimeUnixNano"]));
        Assert.Equal((3, 2), ((int)span["kind"]!, (int)span["status"]!["code"]!));
        Assert.Equal("It failed: \"why\"", (string?)span["status"]!["message"]);
        Assert.Equal("""{"intValue":"9223372036854775807"}""", Attribute("whole").ToJsonString());
        Assert.Equal("""{"doubleValue":0.1}""", Attribute("part").ToJsonString());
        Assert.Equal("""{"boolValue":true}""", Attribute("yes").ToJsonString());
        Assert.Equal("{}", Attribute("none").ToJsonString());
        Assert.Equal("""{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"1"},{},{"arrayValue":{"values":[]}}]}}""", Attribute("list").ToJsonString());
        Assert.Equal("1767323045123456700", (string?)span["events"]![0]!["timeUnixNano"]);
        Assert.Equal((OtherTrace, Id(9)), ((string?)span["links"]![0]!["traceId"], (string?)span["links"]![0]!["spanId"]));
    }

    [Fact]
    public async Task A_span_without_our_attributes_keeps_its_ids_through_OTLP()
    {
        await _from.Spans.UpsertAsync([_full with { Attributes = [] }]);

        await ImportAsync(await ExportAsync(new TraceQuery(), TraceFormat.Otlp));

        var span = (await _to.Spans.GetTraceAsync(Trace, 1))[0];
        Assert.Equal(("TOOL", "r1", "s1", "u1", "a1", "t1", "w1"),
            (span.Type, span.RunId, span.SessionId, span.UserId, span.AgentId, span.TeamId, span.WorkflowId));
    }

    [Fact]
    public async Task OTLP_of_other_programs_is_read()
    {
        await ImportAsync("""
            {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"other"}}]},"schemaUrl":"x","scopeSpans":[{"scope":{"name":"lib","version":"2"},"spans":[{"traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"B7AD6B7169203331","parentSpanId":"","traceState":"a=b","flags":257,"name":"GET /","kind":2,"startTimeUnixNano":1767323045000000199,"endTimeUnixNano":"1767323045000000299","droppedAttributesCount":0,"attributes":[{"key":"n","value":{"intValue":7}},{"key":"d","value":{"doubleValue":"NaN"}},{"key":"b","value":{"bytesValue":"AQI="}},{"key":"gen_ai.conversation.id","value":{"stringValue":"c1"}}]}]}]}]}
            """);

        var span = Assert.Single(await _to.Spans.GetTraceAsync(Trace, 10));
        Assert.Equal(("b7ad6b7169203331", null, 2, 0, "lib", "c1"), (span.SpanId, span.ParentSpanId, span.Kind, span.Status, span.Scope, span.SessionId));
        Assert.Equal("""{"n":7,"d":"NaN","b":"AQI=","gen_ai.conversation.id":"c1"}""", span.Attributes.ToJsonString());
        Assert.Equal((1L, 1L), ((span.StartTime - Samples.Start).Ticks, (span.EndTime - span.StartTime).Ticks));
    }

    [Fact]
    public async Task The_filters_of_the_list_choose_what_is_exported()
    {
        var file = await ExportAsync(new TraceQuery { From = Samples.Start.AddSeconds(30) }, TraceFormat.Jsonl);

        Assert.Equal(OtherTrace, (string?)JsonNode.Parse(Assert.Single(file.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!["trace_id"]);
    }

    [Fact]
    public async Task An_export_goes_on_over_all_pages_of_the_list()
    {
        await _from.Spans.UpsertAsync([.. Enumerable.Range(1, 450).Select(n => Samples.Span(n.ToString("x32"), Id(n)))]);

        Assert.Equal(453, (await ImportAsync(await ExportAsync(new TraceQuery { Limit = 1 }, TraceFormat.Jsonl))).Spans);
    }

    [Fact]
    public async Task Many_large_spans_of_one_trace_are_several_lines_of_OTLP()
    {
        await _from.Spans.UpsertAsync([.. Enumerable.Range(10, 6).Select(n => Samples.Span(Trace, Id(n)) with { Attributes = new JsonObject { ["text"] = Samples.LongText(1_500_000) } })]);

        var file = await ExportAsync(new TraceQuery { To = Samples.Start.AddSeconds(30) }, TraceFormat.Otlp);

        Assert.Equal(3, file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(8, (await ImportAsync(file)).Spans);
    }

    [Theory]
    [InlineData("{", "not JSON by itself")]
    [InlineData("[]", "an object is expected")]
    [InlineData("""{"trace_id":"x"}""", "missing required properties")]
    [InlineData("""{"resourceSpans":3}""", "'resourceSpans' must be a list")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"xyz","name":"n","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}""", "span id is 16 hex digits")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}""", "'kind' must be a number")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n","startTimeUnixNano":"5000","endTimeUnixNano":"2000"}]}]}]}""", "a span starts after 1970")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"n","startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{"key":"a","value":{"stringValue":"\ud800"}}]}]}]}]}""", "not valid Unicode")]
    public async Task A_bad_line_is_named_and_what_came_before_it_is_stored(string line, string problem)
    {
        var good = AgentJson.Serialize(_full);

        var refused = await Assert.ThrowsAsync<TraceImportException>(() => ImportAsync($"{good}\n\n{line}\n{good}\n"));

        Assert.Equal((3L, 1L), (refused.Line, refused.Imported));
        Assert.Contains(problem, refused.Message);
        Assert.Single(await _to.Spans.GetTraceAsync(Trace, 10));
    }

    [Theory]
    [InlineData("kind", "9", "the kind is 0 to 5")]
    [InlineData("status", "3", "the status is 0")]
    [InlineData("name", "\"\"", "needs a name")]
    [InlineData("attributes", "null", "it is no span")]
    [InlineData("attributes", """{"a":"\ud800"}""", "not valid Unicode")]
    [InlineData("trace_id", "\"00000000000000000000000000000000\"", "trace id is 32 hex digits")]
    [InlineData("start_time", "\"1969-01-01T00:00:00Z\"", "a span starts after 1970")]
    [InlineData("events", """[{"name":"x"}]""", "an event needs a time")]
    [InlineData("links", """[{"trace_id":"x"}]""", "link's trace id")]
    public async Task A_span_that_could_not_be_read_back_is_refused(string member, string value, string problem)
    {
        var line = JsonSerializer.SerializeToNode(_full, AgentJson.Options)!.AsObject();
        line.Remove(member);

        var refused = await Assert.ThrowsAsync<TraceImportException>(() => ImportAsync(line.ToJsonString()[..^1] + $",\"{member}\":{value}}}"));

        Assert.Contains(problem, refused.Message);
        Assert.Empty(await _to.Spans.GetTraceAsync(Trace, 10));
    }

    [Fact]
    public async Task A_line_without_end_is_refused_before_it_fills_the_memory()
    {
        using var endless = new MemoryStream(new byte[TraceImport.MaxLineBytes + 1_000_000]);

        var refused = await Assert.ThrowsAsync<TraceImportException>(() => _to.Import.ReadAsync(endless, CancellationToken.None));

        Assert.Contains("longer than 64 MiB", refused.Message);
    }

    private static string Id(int number) => number.ToString("x16");

    private async Task<string> ExportAsync(TraceQuery query, TraceFormat format)
    {
        using var file = new MemoryStream();
        await _from.Export.WriteAsync(file, query, format, CancellationToken.None);
        return Encoding.UTF8.GetString(file.ToArray());
    }

    private async Task<TraceImportResult> ImportAsync(string text)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return await _to.Import.ReadAsync(file, CancellationToken.None);
    }

    private sealed class Store : IAsyncDisposable
    {
        private readonly TempFolder _folder = new();
        private readonly ServiceProvider _services;

        public Store() => _services = new ServiceCollection().AddSqliteStores(_folder.Path).BuildServiceProvider();

        public ITraceStore Spans => _services.GetRequiredService<ITraceStore>();

        public TraceExport Export => new(Spans, _services.GetRequiredService<ITraceQueries>(), "test-service");

        public TraceImport Import => new(Spans);

        public async ValueTask DisposeAsync()
        {
            await _services.DisposeAsync();
            _folder.Dispose();
        }
    }
}
