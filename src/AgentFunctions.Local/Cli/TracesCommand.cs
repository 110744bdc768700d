// `traces`: what was traced, in the terminal.
using System.CommandLine;

namespace AgentFunctions.Local.Cli;

/// <summary>The options of <c>traces</c> and its subcommands; <see cref="TracesActions"/> does the work.</summary>
internal static class TracesCommand
{
    private static readonly Option<bool> _json = new("--json") { Description = "Print the server's JSON instead of a table", Recursive = true };

    private static readonly (string Parameter, Option<string?> Option)[] _filters =
    [
        Filter("status", "ok, error or running"),
        Filter("agent_id", "Agent", "--agent"),
        Filter("session_id", "Session", "--session"),
        Filter("user_id", "User", "--user"),
        Filter("run_id", "Run", "--run"),
        Filter("team_id", "Team", "--team"),
        Filter("workflow_id", "Workflow", "--workflow"),
        Filter("name", "Exact name, for example \"invoke_agent weather\""),
        Filter("min_duration", "As long as this or longer: 250ms, 2s, 1.5m"),
        .. Range(),
    ];

    /// <param name="options">Reads the options that every command has, and whether the user gave an address.</param>
    public static Command Build(Func<ParseResult, (ServeOptions Options, bool Named)> options)
    {
        var traces = new Command("traces", "List traces, runs in progress first. Subcommands show, search, sum up, query and move them.");
        traces.Options.Add(_json);
        var list = List("limit", "Traces on a page, 1 to 200 [default: 20]", "cursor", "Where the page before ended");
        AddTo(traces, [.. _filters, .. list]);
        traces.SetAction((parsed, token) => Run(parsed, token).ListAsync(Values(parsed, [.. _filters, .. list])));
        traces.Subcommands.Add(WithId("show", "Draw the tree of a trace.", (actions, id) => actions.ShowAsync(id)));
        traces.Subcommands.Add(WithId("summary", "Show which agent and operation the time of a trace went to.", (actions, id) => actions.SummaryAsync(id)));
        traces.Subcommands.Add(Search());
        traces.Subcommands.Add(Stats());
        traces.Subcommands.Add(Export());
        traces.Subcommands.Add(Import());
        traces.Subcommands.Add(Sql());
        return traces;

        TracesActions Run(ParseResult parsed, CancellationToken token)
        {
            var (serve, named) = options(parsed);
            return new TracesActions(serve, named, parsed.GetValue(_json), token);
        }

        Command WithId(string name, string description, Func<TracesActions, string, Task<int>> act)
        {
            var id = new Argument<string>("id") { Description = "Id of the trace or of a run" };
            var command = new Command(name, description) { Arguments = { id } };
            command.SetAction((parsed, token) => act(Run(parsed, token), parsed.GetValue(id)!));
            return command;
        }

        Command Search()
        {
            var filter = new Argument<string>("filter") { Description = """A filter, for example '{"op":"GT","key":"duration_ms","value":500}'; see docs/traces.md""" };
            var spans = new Option<bool>("--spans") { Description = "Search spans instead of traces" };
            var limit = new Option<int>("--limit") { Description = "Results on a page", DefaultValueFactory = _ => 20 };
            var cursor = new Option<string?>("--cursor") { Description = "Where the page before ended" };
            var command = new Command("search", "Find traces or spans by a filter.") { Arguments = { filter }, Options = { spans, limit, cursor } };
            command.SetAction((parsed, token) =>
                Run(parsed, token).SearchAsync(parsed.GetValue(filter)!, parsed.GetValue(spans), parsed.GetValue(limit), parsed.GetValue(cursor)));
            return command;
        }

        Command Stats()
        {
            var of = new Argument<string>("of") { Description = "spans, runs, sessions or costs", DefaultValueFactory = _ => "spans" };
            of.AcceptOnlyFromAmong("spans", "runs", "sessions", "costs");
            (string, Option<string?>)[] given =
            [
                Filter("by", "One or two of name, type, agent, model, user, session, team, workflow, day; a comma between"),
                Filter("sort_by", "total_calls, avg_duration_ms, p95_duration_ms, error_count, cost_usd, …"),
                Filter("sort_order", "asc or desc"),
                Filter("limit", "Groups, 1 to 1000"),
                Filter("agent_id", "Only this agent", "--agent"),
                Filter("user_id", "Only this user", "--user"),
                Filter("session_id", "Only this session", "--session"),
                Filter("model", "Only this model"),
                .. Range(),
            ];
            var command = new Command("stats", "Count calls, durations, errors, tokens and costs by group.") { Arguments = { of } };
            AddTo(command, given);
            command.SetAction((parsed, token) => Run(parsed, token).StatsAsync(parsed.GetValue(of)!, Values(parsed, given)));
            return command;
        }

        Command Export()
        {
            var file = new Argument<string>("file") { Description = "File to write, - for the standard output" };
            var trace = new Option<string?>("--trace") { Description = "Only this trace, or that of this run" };
            var format = new Option<string>("--format") { Description = "jsonl (one span a line) or otlp", DefaultValueFactory = _ => "jsonl" };
            format.AcceptOnlyFromAmong("jsonl", "otlp");
            var command = new Command("export", "Write traces to a file: all, one, or those that the filters leave.") { Arguments = { file }, Options = { trace, format } };
            AddTo(command, _filters);
            command.SetAction((parsed, token) => Run(parsed, token).ExportAsync(
                parsed.GetValue(file)!, parsed.GetValue(trace), [KeyValuePair.Create("format", parsed.GetValue(format)), .. Values(parsed, _filters)]));
            return command;
        }

        Command Import()
        {
            var file = new Argument<string>("file") { Description = "File to read, - for the standard input" };
            var command = new Command("import", "Read traces that were exported, in either format. Importing again doubles nothing.") { Arguments = { file } };
            command.SetAction((parsed, token) => Run(parsed, token).ImportAsync(parsed.GetValue(file)!));
            return command;
        }

        Command Sql()
        {
            var query = new Argument<string>("query") { Description = "One SELECT over agno_traces, agno_spans, agno_sessions, …; see docs/traces.md" };
            var limit = new Option<int>("--limit") { Description = "Rows at most", DefaultValueFactory = _ => 1000 };
            var command = new Command("sql", "Query the files of the data folder with SQL; a server may run beside it.") { Arguments = { query }, Options = { limit } };
            command.SetAction((parsed, token) => Run(parsed, token).SqlAsync(parsed.GetValue(query)!, parsed.GetValue(limit)));
            return command;
        }
    }

    private static (string, Option<string?>)[] Range() =>
        [Filter("from", "Started at this time or later, as 2026-01-31T12:00:00Z"), Filter("to", "Started before this time")];

    private static (string, Option<string?>)[] List(string limit, string limitText, string cursor, string cursorText) =>
        [Filter(limit, limitText), Filter(cursor, cursorText)];

    private static (string Parameter, Option<string?> Option) Filter(string parameter, string description, string? name = null) =>
        (parameter, new Option<string?>(name ?? $"--{parameter.Replace('_', '-')}") { Description = description });

    private static void AddTo(Command command, IEnumerable<(string, Option<string?> Option)> filters)
    {
        foreach (var (_, option) in filters)
            command.Options.Add(option);
    }

    private static List<KeyValuePair<string, string?>> Values(ParseResult parsed, IEnumerable<(string Parameter, Option<string?> Option)> filters) =>
        [.. filters.Select(f => KeyValuePair.Create(f.Parameter, parsed.GetValue(f.Option)))];
}
