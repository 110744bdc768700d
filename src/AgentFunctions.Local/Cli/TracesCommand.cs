// `traces`: what was traced, in the terminal.
using System.CommandLine;

namespace AgentFunctions.Local.Cli;

/// <summary>The options of <c>traces</c> and its subcommands; <see cref="TracesActions"/> does the work.</summary>
/// <param name="options">Reads the options that every command has, and whether the user gave an address.</param>
internal sealed class TracesCommand(Func<ParseResult, (ServeOptions Options, bool Named)> options)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the server's JSON instead of a table", Recursive = true };

    private readonly Parameter[] _filters =
    [
        Parameter.Of("status", "ok, error, running or paused"),
        Parameter.Of("agent_id", "Agent", "--agent"),
        Parameter.Of("session_id", "Session", "--session"),
        Parameter.Of("user_id", "User", "--user"),
        Parameter.Of("run_id", "Run", "--run"),
        Parameter.Of("team_id", "Team", "--team"),
        Parameter.Of("workflow_id", "Workflow", "--workflow"),
        Parameter.Of("name", "Exact name, for example \"invoke_agent weather\""),
        Parameter.Of("min_duration", "As long as this or longer: 250ms, 2s, 1.5m"),
        .. Range(),
    ];

    public Command Build()
    {
        var traces = new Command("traces", "List traces, runs in progress first. Subcommands show, search, sum up, query and move them.") { Options = { _json } };
        Parameter[] given = [.. _filters, Parameter.Of("limit", "Traces on a page, 1 to 200 [default: 20]"), Parameter.Of("cursor", "Where the page before ended")];
        Parameter.AddTo(traces, given);
        traces.SetAction((parsed, token) => Actions(parsed, token).ListAsync(Parameter.Values(parsed, given)));
        traces.Subcommands.Add(WithId("show", "Draw the tree of a trace.", (actions, id) => actions.ShowAsync(id)));
        traces.Subcommands.Add(WithId("summary", "Show which agent and operation the time of a trace went to.", (actions, id) => actions.SummaryAsync(id)));
        traces.Subcommands.Add(Search());
        traces.Subcommands.Add(Stats());
        traces.Subcommands.Add(Export());
        traces.Subcommands.Add(Import());
        traces.Subcommands.Add(Sql());
        return traces;
    }

    private TracesActions Actions(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (serve, named) = options(parsed);
        return new TracesActions(serve, named, parsed.GetValue(_json), cancellationToken);
    }

    private Command WithId(string name, string description, Func<TracesActions, string, Task<int>> act)
    {
        var id = new Argument<string>("id") { Description = "Id of the trace or of a run" };
        var command = new Command(name, description) { Arguments = { id } };
        command.SetAction((parsed, token) => act(Actions(parsed, token), parsed.GetValue(id)!));
        return command;
    }

    private Command Search()
    {
        var filter = new Argument<string>("filter") { Description = """A filter, for example '{"op":"GT","key":"duration_ms","value":500}'; see docs/traces.md""" };
        var spans = new Option<bool>("--spans") { Description = "Search spans instead of traces" };
        var limit = new Option<int>("--limit") { Description = "Results on a page", DefaultValueFactory = _ => 20 };
        var cursor = new Option<string?>("--cursor") { Description = "Where the page before ended" };
        var command = new Command("search", "Find traces or spans by a filter.") { Arguments = { filter }, Options = { spans, limit, cursor } };
        command.SetAction((parsed, token) =>
            Actions(parsed, token).SearchAsync(parsed.GetValue(filter)!, parsed.GetValue(spans), parsed.GetValue(limit), parsed.GetValue(cursor)));
        return command;
    }

    private Command Stats()
    {
        var of = new Argument<string>("of") { Description = "What is counted", DefaultValueFactory = _ => "spans" };
        of.AcceptOnlyFromAmong("spans", "runs", "sessions", "costs");
        Parameter[] given =
        [
            Parameter.Of("by", "One or two of name, type, agent, model, user, session, team, workflow, day; a comma between"),
            Parameter.Of("sort_by", "total_calls, avg_duration_ms, p95_duration_ms, error_count, cost_usd, …"),
            Parameter.Of("sort_order", "asc or desc"),
            Parameter.Of("limit", "Groups, 1 to 1000"),
            Parameter.Of("agent_id", "Only this agent", "--agent"),
            Parameter.Of("user_id", "Only this user", "--user"),
            Parameter.Of("session_id", "Only this session", "--session"),
            Parameter.Of("model", "Only this model"),
            .. Range(),
        ];
        var command = new Command("stats", "Count calls, durations, errors, tokens and costs by group.") { Arguments = { of } };
        Parameter.AddTo(command, given);
        command.SetAction((parsed, token) => Actions(parsed, token).StatsAsync(parsed.GetValue(of)!, Parameter.Values(parsed, given)));
        return command;
    }

    private Command Export()
    {
        var file = new Argument<string>("file") { Description = "File to write, - for the standard output" };
        var trace = new Option<string?>("--trace") { Description = "Only this trace, or that of this run" };
        var format = new Option<string>("--format") { Description = "jsonl (one span a line) or otlp", DefaultValueFactory = _ => "jsonl" };
        format.AcceptOnlyFromAmong("jsonl", "otlp");
        var command = new Command("export", "Write traces to a file: all, one, or those that the filters leave.") { Arguments = { file }, Options = { trace, format } };
        Parameter.AddTo(command, _filters);
        command.SetAction((parsed, token) => Actions(parsed, token).ExportAsync(
            parsed.GetValue(file)!, parsed.GetValue(trace), [KeyValuePair.Create("format", parsed.GetValue(format)), .. Parameter.Values(parsed, _filters)]));
        return command;
    }

    private Command Import()
    {
        var file = new Argument<string>("file") { Description = "File to read, - for the standard input" };
        var command = new Command("import", "Read traces that were exported, in either format. Importing again doubles nothing.") { Arguments = { file } };
        command.SetAction((parsed, token) => Actions(parsed, token).ImportAsync(parsed.GetValue(file)!));
        return command;
    }

    private Command Sql()
    {
        var query = new Argument<string>("query") { Description = "One SELECT over agno_traces, agno_spans, agno_sessions, …; see docs/traces.md" };
        var limit = new Option<int>("--limit") { Description = "Rows at most", DefaultValueFactory = _ => 1000 };
        var command = new Command("sql", "Query the files of the data folder with SQL; a server may run beside it.") { Arguments = { query }, Options = { limit } };
        command.SetAction((parsed, token) => Actions(parsed, token).SqlAsync(parsed.GetValue(query)!, parsed.GetValue(limit)));
        return command;
    }

    private static Parameter[] Range() =>
        [Parameter.Of("from", "Started at this time or later, as 2026-01-31T12:00:00Z"), Parameter.Of("to", "Started before this time")];

    /// <summary>A query parameter of the API that is an option here.</summary>
    private sealed record Parameter(string Name, Option<string?> Option)
    {
        /// <param name="option">The option's name when it is not the parameter's own.</param>
        public static Parameter Of(string name, string description, string? option = null) =>
            new(name, new Option<string?>(option ?? $"--{name.Replace('_', '-')}") { Description = description });

        public static void AddTo(Command command, IEnumerable<Parameter> parameters)
        {
            foreach (var parameter in parameters)
                command.Options.Add(parameter.Option);
        }

        public static List<KeyValuePair<string, string?>> Values(ParseResult parsed, IEnumerable<Parameter> parameters) =>
            [.. parameters.Select(p => KeyValuePair.Create(p.Name, parsed.GetValue(p.Option)))];
    }
}
