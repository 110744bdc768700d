// The commands and options of the embedded executable.
using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Local.Cli;

/// <summary>Options that every command shares. Each falls back to an environment variable, then to a default.</summary>
/// <param name="Config">Path of agents.yaml; null for the one beside the executable.</param>
/// <param name="Data">Folder of state.db and traces.db.</param>
/// <param name="Urls">Addresses to listen on, semicolon-separated.</param>
public sealed record ServeOptions(string? Config, string Data, string Urls)
{
    public LogOptions Log { get; init; } = new();

    /// <summary>What the app registers in code.</summary>
    public Action<IServiceCollection>? Configure { get; init; }
}

/// <summary>How the server logs.</summary>
public sealed record LogOptions
{
    /// <summary>JSON lines for machines, or text for people.</summary>
    public bool Json { get; init; }

    /// <summary>Of all categories; null for warnings, and in JSON also our own categories' information.</summary>
    public LogLevel? Level { get; init; }
}

/// <summary>The command line of an app.</summary>
/// <param name="app">What the app adds in code.</param>
public sealed class CommandLine(AgentApp app)
{
    public const string DefaultUrl = "http://127.0.0.1:7071";
    private const string DefaultData = ".agentfunctions";

    // Longer than the host's own limit of 30 s, so that it is the host that decides how long a stop may take.
    private static readonly InvocationConfiguration _invocation = new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) };

    private static readonly Option<string?> _config = new("--config", "-c")
    {
        Description = "Path of agents.yaml [env AGENTFUNCTIONS_CONFIG; default: the sample agents beside the executable]",
        Recursive = true,
    };

    private static readonly Option<string?> _data = new("--data", "-d")
    {
        Description = "Folder for runs and traces [env AGENTFUNCTIONS_DATA; default: .agentfunctions in the working directory]",
        Recursive = true,
    };

    private static readonly Option<string?> _urls = new("--urls", "-u")
    {
        Description = $"Address to listen on, or of a running server for `run` and `traces` [env AGENTFUNCTIONS_URLS; default: {DefaultUrl}]",
        Recursive = true,
    };

    private static readonly Option<string?> _logFormat = new Option<string?>("--log-format")
    {
        Description = "text, or json for one JSON object a line [env AGENTFUNCTIONS_LOG_FORMAT; default: text]",
        Recursive = true,
    }.AcceptOnlyFromAmong("text", "json");

    private static readonly Option<LogLevel?> _logLevel = new("--log-level")
    {
        Description = "trace (which shows prompts and answers), debug, information, warning or error [env AGENTFUNCTIONS_LOG_LEVEL; default: warning]",
        Recursive = true,
    };

    /// <summary>Parses and runs; the result is the process's exit code: 0 well, 1 the run or the server failed, 2 wrong usage or configuration.</summary>
    public Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Durable agent runs on one machine: serves agents over HTTP, or runs one from the terminal.");
        root.Options.Add(_config);
        root.Options.Add(_data);
        root.Options.Add(_urls);
        root.Options.Add(_logFormat);
        root.Options.Add(_logLevel);
        root.SetAction((parsed, cancellation) => ServeCommand.RunAsync(OptionsOf(parsed), cancellation));
        root.Subcommands.Add(Serve());
        root.Subcommands.Add(Run());
        root.Subcommands.Add(Prices());
        root.Subcommands.Add(new TracesCommand(parsed => (OptionsOf(parsed), UrlsOf(parsed) is not null)).Build());
        root.Subcommands.Add(new AuditCommand(parsed => (OptionsOf(parsed), UrlsOf(parsed) is not null)).Build());
        root.Subcommands.Add(new ApprovalsCommand(parsed => (OptionsOf(parsed), UrlsOf(parsed) is not null)).Build());
        root.Subcommands.Add(Doctor());
        return root.Parse(args).InvokeAsync(_invocation);
    }

    private Command Serve()
    {
        var serve = new Command("serve", "Serve agents over HTTP until stopped (the default).");
        serve.SetAction((parsed, cancellation) => ServeCommand.RunAsync(OptionsOf(parsed), cancellation));
        return serve;
    }

    private Command Run()
    {
        var agent = new Argument<string>("agent") { Description = "The agent, team or workflow" };
        var input = new Argument<string>("input") { Description = "What to say to it" };
        var session = new Option<string?>("--session", "-s") { Description = "Session to continue" };
        var model = new Option<string?>("--model", "-m") { Description = "Model to use instead of the agent's own" };
        var run = new Command("run", "Run an agent, team or workflow once: streams the answer, then draws the trace.");
        run.Arguments.Add(agent);
        run.Arguments.Add(input);
        run.Options.Add(session);
        run.Options.Add(model);
        run.SetAction((parsed, cancellation) => RunCommand.RunAsync(
            OptionsOf(parsed),
            UrlsOf(parsed) is not null,
            new RunArguments(parsed.GetValue(agent)!, parsed.GetValue(input)!, parsed.GetValue(session), parsed.GetValue(model)),
            cancellation));
        return run;
    }

    private Command Prices()
    {
        var filter = new Argument<string?>("model") { Description = "Lists the models whose key contains this", Arity = ArgumentArity.ZeroOrOne };
        var prices = new Command("prices", "What each model costs, on which days, and where the price is from.");
        prices.Arguments.Add(filter);
        prices.SetAction(parsed => PricesCommand.RunAsync(OptionsOf(parsed), parsed.GetValue(filter), Terminal.Output()));
        return prices;
    }

    private Command Doctor()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var doctor = new Command("doctor", "Check configuration, data, model keys and exporters, each with the fix.");
        doctor.Options.Add(json);
        doctor.SetAction(parsed => DoctorCommand.RunAsync(OptionsOf(parsed), parsed.GetValue(json), Terminal.Output()));
        return doctor;
    }

    private ServeOptions OptionsOf(ParseResult parsed) => new(
        parsed.GetValue(_config) ?? Environment.GetEnvironmentVariable("AGENTFUNCTIONS_CONFIG") ?? app.Config,
        parsed.GetValue(_data) ?? Environment.GetEnvironmentVariable("AGENTFUNCTIONS_DATA") ?? DefaultData,
        UrlsOf(parsed) ?? DefaultUrl)
    {
        Configure = app.Configure,
        Log = new LogOptions
        {
            Json = (parsed.GetValue(_logFormat) ?? Environment.GetEnvironmentVariable("AGENTFUNCTIONS_LOG_FORMAT")) == "json",
            Level = parsed.GetValue(_logLevel) ?? LevelOf(Environment.GetEnvironmentVariable("AGENTFUNCTIONS_LOG_LEVEL")),
        },
    };

    private static string? UrlsOf(ParseResult parsed) => parsed.GetValue(_urls) ?? Environment.GetEnvironmentVariable("AGENTFUNCTIONS_URLS");

    private static LogLevel? LevelOf(string? word) => Enum.TryParse<LogLevel>(word, ignoreCase: true, out var level) ? level : null;
}
