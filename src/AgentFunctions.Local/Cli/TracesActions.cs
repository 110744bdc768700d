// What the `traces` commands do: ask the API, print the answer.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Http;
using AgentFunctions.Local.Sql;
using Microsoft.Data.Sqlite;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AgentFunctions.Local.Cli;

/// <param name="named">Whether the user gave an address; see <see cref="CommandServer"/>.</param>
/// <param name="json">Print JSON instead of tables.</param>
internal sealed class TracesActions(ServeOptions options, bool named, bool json, CancellationToken cancellationToken)
{
    private const string Traces = "/api/v1/traces";
    private const int DefaultLimit = 20;

    // A server of the command's own resumes no run.
    private static readonly Type[] _endpoints = [typeof(TraceEndpoints), typeof(TraceFileEndpoints), typeof(SpanEndpoints), typeof(StatsEndpoints)];

    private static readonly JsonSerializerOptions _indented = new(AgentJson.Options) { WriteIndented = true };

    private readonly IAnsiConsole _console = Terminal.Output();

    public Task<int> ListAsync(IReadOnlyList<KeyValuePair<string, string?>> query) => WithServerAsync(async client =>
    {
        var page = await client.GetAsync(Traces, query.Select(p => p is { Key: "limit", Value: null } ? KeyValuePair.Create("limit", (string?)$"{DefaultLimit}") : p), cancellationToken);
        PrintPage(page, TracesTables.Traces);
    });

    public Task<int> SearchAsync(string filter, bool spans, int limit, string? cursor) => WithServerAsync(async client =>
    {
        var body = new JsonObject { ["filter"] = ParseFilter(filter), ["limit"] = limit, ["cursor"] = cursor };
        var page = await client.PostAsync(spans ? "/api/v1/spans/search" : $"{Traces}/search", body, cancellationToken);
        PrintPage(page, spans ? TracesTables.Spans : TracesTables.Traces);
    });

    public Task<int> ShowAsync(string id) => WithServerAsync(async client =>
    {
        var trace = await client.GetAsync($"{Traces}/{await client.TraceIdAsync(id, cancellationToken)}", [], cancellationToken);
        Print(trace, () => TraceTreeView.Draw(trace));
    });

    public Task<int> SummaryAsync(string id) => WithServerAsync(async client =>
    {
        var summary = await client.GetAsync($"{Traces}/{await client.TraceIdAsync(id, cancellationToken)}/summary", [], cancellationToken);
        Print(summary, () => TracesTables.Summary(summary["operations"]!.AsArray()));
    });

    public Task<int> StatsAsync(string of, IEnumerable<KeyValuePair<string, string?>> query) => WithServerAsync(async client =>
    {
        var groups = await client.GetAsync($"/api/v1/stats/{of}", query, cancellationToken);
        Print(groups, () => TracesTables.Groups(groups["data"]!.AsArray()));
    });

    public Task<int> ExportAsync(string file, string? trace, IEnumerable<KeyValuePair<string, string?>> query) => WithServerAsync(async client =>
    {
        var path = trace is null ? Traces : $"{Traces}/{await client.TraceIdAsync(trace, cancellationToken)}";
        await using var output = file == "-" ? Console.OpenStandardOutput() : File.Create(file);
        await client.DownloadAsync($"{path}/export", query, output, cancellationToken);
    });

    public Task<int> ImportAsync(string file) => WithServerAsync(async client =>
    {
        await using var input = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        var result = await client.UploadAsync($"{Traces}/import", input, cancellationToken);
        _console.WriteLine(json ? result.ToJsonString(_indented) : $"{result["spans"]} spans imported from {result["lines"]} lines");
    });

    /// <summary>Reads the files of the data folder, without a server and beside one.</summary>
    public Task<int> SqlAsync(string query, int maxRows) => LocalHost.GuardAsync(async () =>
    {
        try
        {
            using var console = SqlConsole.Open(options.Data);
            using var result = console.Query(query, maxRows);
            PrintRows(result);
            if (result.Truncated)
                await Console.Error.WriteLineAsync($"Only the first {maxRows} rows are shown; --limit gives more.");
            return 0;
        }
        catch (Exception e) when (e is SqliteException or FormatException or TimeoutException or InvalidOperationException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    });

    private void PrintRows(SqlResult result)
    {
        if (!json)
        {
            _console.Write(TracesTables.Rows(result.Columns, result.Rows()));
            return;
        }

        // A line a row, so that many rows need no memory. Of columns with one name the last stands.
        foreach (var row in result.Rows())
        {
            var line = new JsonObject();
            foreach (var (column, value) in result.Columns.Zip(row))
                line[column] = JsonSerializer.SerializeToNode(value);
            _console.WriteLine(line.ToJsonString(AgentJson.Options));
        }
    }

    private static JsonNode? ParseFilter(string filter)
    {
        try
        {
            return JsonNode.Parse(filter);
        }
        catch (JsonException e)
        {
            throw new TracesRefusedException($"The filter is not JSON: {e.Message}");
        }
    }

    private Task<int> WithServerAsync(Func<TracesClient, Task> act) => LocalHost.GuardAsync(async () =>
    {
        try
        {
            await using var server = await CommandServer.OpenAsync(options, named, cancellationToken, _endpoints);
            await act(new TracesClient(server.Http));
            return 0;
        }
        catch (Exception e) when (e is TracesRefusedException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    });

    private void PrintPage(JsonObject page, Func<JsonArray, Table> table)
    {
        Print(page, () => table(page["data"]!.AsArray()));
        if (!json && page["next_cursor"] is { } next)
            _console.WriteLine($"more: --cursor {next}");
    }

    private void Print(JsonObject answer, Func<IRenderable> table)
    {
        if (json)
            _console.WriteLine(answer.ToJsonString(_indented));
        else
            _console.Write(table());
    }
}
