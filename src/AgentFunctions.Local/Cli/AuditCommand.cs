// `audit`: the audit log in the terminal.
using System.CommandLine;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Http;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

/// <param name="options">Reads the options that every command has, and whether the user gave an address.</param>
internal sealed class AuditCommand(Func<ParseResult, (ServeOptions Options, bool Named)> options)
{
    private static readonly string[] _filters = ["kind", "run_id", "session_id", "user_id", "agent_id", "actor", "from", "to", "limit", "cursor"];

    private readonly Option<bool> _json = new("--json") { Description = "Print the server's JSON instead of a table", Recursive = true };

    public Command Build()
    {
        var audit = new Command("audit", "The audit log: who did what, in a chain that shows tampering.") { Options = { _json } };
        audit.Subcommands.Add(List());
        audit.Subcommands.Add(Verify());
        return audit;
    }

    private Command List()
    {
        var list = new Command("list", "List records, latest first.");
        var given = _filters.ToDictionary(name => name, name => new Option<string?>($"--{name.Replace('_', '-')}") { Description = $"As `{name}` of GET /api/v1/audit" });
        foreach (var option in given.Values)
            list.Options.Add(option);
        list.SetAction((parsed, token) => AskAsync(parsed, "/api/v1/audit", given.Select(f => KeyValuePair.Create(f.Key, parsed.GetValue(f.Value))), Records, token));
        return list;
    }

    private Command Verify()
    {
        var sequence = new Option<string?>("--sequence") { Description = "A record that was noted before" };
        var hash = new Option<string?>("--hash") { Description = "The hash that it had" };
        var verify = new Command("verify", "Recompute the chain; exit code 1 when it is broken.") { Options = { sequence, hash } };
        verify.SetAction((parsed, token) => AskAsync(
            parsed, "/api/v1/audit/verify",
            [KeyValuePair.Create("sequence", parsed.GetValue(sequence)), KeyValuePair.Create("hash", parsed.GetValue(hash))], Finding, token));
        return verify;
    }

    private Task<int> AskAsync(
        ParseResult parsed, string path, IEnumerable<KeyValuePair<string, string?>> query, Action<IAnsiConsole, JsonObject> print, CancellationToken cancellationToken) =>
        LocalHost.GuardAsync(async () =>
        {
            var (serve, named) = options(parsed);
            try
            {
                await using var server = await CommandServer.OpenAsync(serve, named, cancellationToken, typeof(AuditEndpoints));
                var answer = await new TracesClient(server.Http).GetAsync(path, query, cancellationToken);
                var console = Terminal.Output();
                if (parsed.GetValue(_json))
                    console.WriteLine(answer.ToJsonString(AgentJson.Options));
                else
                    print(console, answer);
                return answer["intact"] is JsonValue intact && !(bool)intact ? 1 : 0;
            }
            catch (Exception e) when (e is TracesRefusedException or HttpRequestException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 2;
            }
        });

    private static void Records(IAnsiConsole console, JsonObject page)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("sequence", "at", "kind", "actor", "subject", "details");
        foreach (var record in page["data"]!.AsArray())
        {
            var subject = new[] { "run_id", "session_id", "user_id", "agent_id" }.Select(name => (string?)record![name]).FirstOrDefault(id => id is not null) ?? "";
            table.AddRow(
                $"{record!["sequence"]}", $"{record["at"]}", Markup.Escape($"{record["kind"]}"), Markup.Escape($"{record["actor"]}"),
                Markup.Escape(subject), Markup.Escape(record["details"]!.ToJsonString(AgentJson.Options)));
        }

        console.Write(table);
        if (page["next_cursor"] is { } next)
            console.WriteLine($"more: --cursor {next}");
    }

    private static void Finding(IAnsiConsole console, JsonObject found) => console.WriteLine((bool)found["intact"]!
        ? $"intact: {found["count"]} records, the latest is {found["head"]?["sequence"]} with hash {found["head"]?["hash"]}"
        : $"broken at record {found["broken_at"]}: {found["problem"]}");
}
