// `traces` in the terminal: through a running server, and on a data folder that nobody serves.
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;

namespace AgentFunctions.Tests.Traces;

public sealed class TracesCommandTests(TracedApp app) : IClassFixture<TracedApp>
{
    [Fact]
    public async Task The_list_shows_a_trace_a_line_without_colours_in_a_pipe()
    {
        var (exit, output) = await TracesAsync("--status", "ok");

        Assert.Equal(0, exit);
        var line = Assert.Single(output.Split('\n'), l => l.Contains("invoke_agent weather"));
        Assert.Contains((string)app.Weather["trace_id"]!, line);
        Assert.DoesNotContain("invoke_agent broken", output);
        Assert.DoesNotContain("\u001b", output);
    }

    [Fact]
    public async Task A_long_list_says_how_to_go_on()
    {
        var (_, first) = await TracesAsync("--limit", "1");
        var cursor = first.Split('\n').Single(l => l.StartsWith("more: --cursor ", StringComparison.Ordinal)).Split(' ')[2].Trim();

        var (exit, second) = await TracesAsync("--limit", "1", "--cursor", cursor);

        Assert.Equal(0, exit);
        Assert.Contains("invoke_agent broken", first);
        Assert.Contains("invoke_agent echo", second);
    }

    [Fact]
    public async Task Json_is_the_servers_answer()
    {
        var (exit, output) = await TracesAsync("--json", "--agent", "echo");

        Assert.Equal(0, exit);
        Assert.Equal((string?)app.Echo["trace_id"], (string?)JsonNode.Parse(output)!["data"]![0]!["trace_id"]);
    }

    [Theory]
    [InlineData("trace_id")]
    [InlineData("run_id")]
    public async Task A_trace_is_drawn_by_its_own_id_and_by_its_runs(string id)
    {
        var (exit, output) = await TracesAsync("show", (string)app.Weather[id]!);

        Assert.Equal(0, exit);
        Assert.Equal(3, output.Split('\n').Count(l => l.Contains("chat calling-script") || l.Contains("execute_tool get_weather")));
    }

    [Theory]
    [InlineData("summary", "$WEATHER", "execute_tool get_weather")]
    [InlineData("stats", "runs", "weather")]
    [InlineData("stats", "costs", "calling-script")]
    [InlineData("search", """{"op":"EQ","key":"status","value":"error"}""", "invoke_agent broken")]
    public async Task A_table_shows_the_answer(string command, string argument, string expected)
    {
        var (exit, output) = await TracesAsync(command, argument.Replace("$WEATHER", (string?)app.Weather["trace_id"]));

        Assert.True(exit == 0, output);
        Assert.Contains(expected, output);
    }

    [Theory]
    [InlineData("show", "none", "no trace of a run 'none'")]
    [InlineData("search", """{"op":"EQ","key":"sttus","value":"error"}""", "did you mean 'status'?")]
    [InlineData("search", "{", "The filter is not JSON")]
    [InlineData("import", "/no/such/file", "/no/such/file")]
    public async Task What_cannot_be_done_is_said_and_ends_with_2(string command, string argument, string message)
    {
        var (exit, output) = await TracesAsync(command, argument);

        Assert.Equal(2, exit);
        Assert.Contains(message, output);
        Assert.DoesNotContain("   at ", output);
    }

    [Fact]
    public async Task Traces_move_to_a_folder_that_nobody_serves_and_are_read_there()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "traces.jsonl");
        var (exported, problem) = await TracesAsync("export", file, "--format", "otlp");
        Assert.True(exported == 0, problem);

        string[] elsewhere = ["--data", Path.Combine(folder.Path, "data"), "--config", app.ConfigPath];
        var (imported, said) = await AppProcess.RunToEndAsync(["traces", "import", file, .. elsewhere]);
        var (listed, list) = await AppProcess.RunToEndAsync(["traces", "--user", "ann", .. elsewhere]);

        Assert.True(imported == 0, said);
        Assert.Contains("8 spans imported", said);
        Assert.True(listed == 0, list);
        Assert.Contains((string)app.Weather["trace_id"]!, list);
        Assert.DoesNotContain("invoke_agent echo", list);
    }

    [Fact]
    public async Task One_trace_goes_to_the_standard_output()
    {
        var (exit, output) = await TracesAsync("export", "-", "--trace", (string)app.Echo["run_id"]!);

        Assert.Equal(0, exit);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => Assert.Equal((string?)app.Echo["trace_id"], (string?)JsonNode.Parse(l)!["trace_id"]));
    }

    [Fact]
    public async Task Sql_reads_the_files_beside_the_running_server()
    {
        var (exit, table) = await SqlAsync("SELECT name, status FROM agno_traces WHERE user_id = 'ann' AND start_time > NOW() - INTERVAL '1 hour' ORDER BY name");
        var (_, lines) = await SqlAsync("SELECT count(*) AS traces, NULL AS none FROM agno_traces", "--json");

        Assert.True(exit == 0, table);
        Assert.True(table.IndexOf("invoke_agent broken", StringComparison.Ordinal) < table.IndexOf("invoke_agent weather", StringComparison.Ordinal));
        Assert.DoesNotContain("echo", table);
        Assert.Equal("""{"traces":3,"none":null}""", lines.Trim());
    }

    [Theory]
    [InlineData("SELECT x FROM nowhere", "nowhere")]
    [InlineData("DELETE FROM spans", "readonly")]
    public async Task Sql_that_cannot_be_run_is_refused(string query, string message)
    {
        var (exit, output) = await SqlAsync(query);

        Assert.Equal(2, exit);
        Assert.Contains(message, output);
    }

    [Fact]
    public async Task Sql_says_when_rows_are_left_out()
    {
        var (exit, output) = await SqlAsync("SELECT span_id FROM agno_spans", "--limit", "2");

        Assert.Equal(0, exit);
        Assert.Contains("Only the first 2 rows", output);
    }

    private Task<(int ExitCode, string Output)> SqlAsync(string query, params string[] options) =>
        AppProcess.RunToEndAsync(["traces", "sql", query, .. options, "--data", app.Data]);

    private Task<(int ExitCode, string Output)> TracesAsync(params string[] arguments) =>
        AppProcess.RunToEndAsync(["traces", .. arguments, "--urls", app.Http.BaseAddress!.ToString()]);
}
