// Answers of the trace API as tables.
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

internal static class TracesTables
{
    public static Table Traces(JsonArray traces)
    {
        var table = With("Started", "Name", "Status", "Duration", "Spans", "Errors", "Tokens", "Cost", "Trace");
        foreach (var trace in traces)
        {
            table.AddRow(
                Time(trace!["start_time"]), Text(trace["name"]), Status(trace["status"]), Duration(trace["duration_ms"]), Text(trace["total_spans"]),
                Errors(trace["error_count"]), Text(trace["usage"]?["total_tokens"]), Cost(trace), Text(trace["trace_id"]));
        }

        return table;
    }

    public static Table Spans(JsonArray spans)
    {
        var table = With("Started", "Name", "Type", "Status", "Duration", "Agent", "Trace", "Span");
        foreach (var span in spans)
        {
            table.AddRow(
                Time(span!["start_time"]), Text(span["name"]), Text(span["type"]), Status(span["status"]), Duration(span["duration_ms"]),
                Text(span["agent_id"]), Text(span["trace_id"]), Text(span["span_id"]));
        }

        return table;
    }

    public static Table Summary(JsonArray operations)
    {
        var table = With("Share", "Agent", "Operation", "Calls", "Self", "Total", "Average", "Slowest", "Errors", "Tokens", "Cost", "Slowest span");
        foreach (var row in operations)
        {
            table.AddRow(
                Number(row!["share_percent"], "0.0' %'"), Text(row["agent"]), Text(row["operation"]), Text(row["calls"]), Duration(row["self_duration_ms"]),
                Duration(row["total_duration_ms"]), Duration(row["avg_duration_ms"]), Duration(row["max_duration_ms"]), Errors(row["errors"]),
                Text(row["usage"]?["total_tokens"]), Cost(row), Text(row["slowest_span_id"]));
        }

        return table;
    }

    /// <summary>Groups with whatever keys and numbers the answer has.</summary>
    public static Table Groups(JsonArray groups)
    {
        string[] numbers = ["total_calls", "error_count", "avg_duration_ms", "p50_duration_ms", "p95_duration_ms", "max_duration_ms"];
        var keys = groups.Count == 0 ? [] : groups[0]!.AsObject().Select(p => p.Key).TakeWhile(k => k is not ("total_calls" or "cost_usd")).ToArray();
        var shown = numbers.Where(n => groups.Count > 0 && groups[0]!.AsObject().ContainsKey(n)).ToArray();
        var table = With([.. keys, .. shown, "tokens", "cost", "last_called_at"]);
        foreach (var group in groups)
        {
            table.AddRow([
                .. keys.Select(k => Text(group![k])),
                .. shown.Select(n => n.EndsWith("_ms", StringComparison.Ordinal) ? Duration(group![n]) : Text(group![n])),
                Text(group!["usage"]?["total_tokens"]), Cost(group), Time(group["last_called_at"])]);
        }

        return table;
    }

    /// <summary>Rows of a query; missing values are -.</summary>
    public static Table Rows(IEnumerable<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var table = With([.. columns.Select(Markup.Escape)]);
        foreach (var row in rows)
            table.AddRow([.. row.Select(v => v is null ? "-" : Markup.Escape(Convert.ToString(v, CultureInfo.InvariantCulture)!))]);
        return table;
    }

    // In a narrow terminal text is wrapped, but never an id: ids are there to be copied.
    private static Table With(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            var isId = column is "Trace" or "Span" or "Slowest span";
            table.AddColumn(isId ? new TableColumn(column).NoWrap() : new TableColumn(column));
        }

        return table;
    }

    private static string Text(JsonNode? value) => value is null ? "-" : Markup.Escape(value.ToString());

    private static string Number(JsonNode? value, string format) =>
        value is null ? "-" : value.GetValue<double>().ToString(format, CultureInfo.InvariantCulture);

    private static string Time(JsonNode? value) =>
        value is null ? "-" : value.Deserialize<DateTimeOffset>().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Duration(JsonNode? milliseconds) => milliseconds?.GetValue<double>() switch
    {
        null => "-",
        < 1000 and var ms => ms.ToString("0.#' ms'", CultureInfo.InvariantCulture),
        { } ms => (ms / 1000).ToString("0.##' s'", CultureInfo.InvariantCulture),
    };

    private static string Status(JsonNode? status) => status?.ToString() switch
    {
        "error" => "[red]error[/]",
        "running" or "paused" => $"[yellow]{status}[/]",
        var word => Markup.Escape(word ?? "-"),
    };

    private static string Errors(JsonNode? count) => count?.GetValue<int>() > 0 ? $"[red]{count}[/]" : "0";

    // A sum that lacks calls says so, and is never shown as nothing.
    private static string Cost(JsonNode row)
    {
        var unpriced = row["unpriced_calls"]?.GetValue<long>() ?? 0;
        var sum = row["cost_usd"] is { } cost ? cost.GetValue<decimal>().ToString("'$'0.######", CultureInfo.InvariantCulture) : unpriced > 0 ? "unknown" : "-";
        return unpriced > 0 && row["cost_usd"] is not null ? $"{sum} + {unpriced} unpriced" : sum;
    }
}
