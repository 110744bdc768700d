// `approvals`: what waits for a person, and deciding it, in the terminal.
using System.CommandLine;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Http;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

/// <param name="options">Reads the options that every command has, and whether the user gave an address.</param>
internal sealed class ApprovalsCommand(Func<ParseResult, (ServeOptions Options, bool Named)> options)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print the server's JSON instead of a table", Recursive = true };

    public Command Build()
    {
        var status = new Option<string?>("--status") { Description = "pending, approved, rejected, expired or cancelled [default: pending]" };
        var run = new Option<string?>("--run") { Description = "Only this run" };
        var approvals = new Command("approvals", "List what waits for a person. Subcommands approve and reject decide.") { Options = { _json, status, run } };
        approvals.SetAction((parsed, token) => AskAsync(
            parsed,
            client => client.GetAsync(
                "/api/v1/approvals", [KeyValuePair.Create<string, string?>("status", parsed.GetValue(status) ?? "pending"), KeyValuePair.Create("run_id", parsed.GetValue(run))], token),
            Queue, token, typeof(ApprovalEndpoints)));
        approvals.Subcommands.Add(Decide("approve", "Let a tool run.", "approved"));
        approvals.Subcommands.Add(Decide("reject", "Keep a tool from running.", "rejected"));
        return approvals;
    }

    private Command Decide(string name, string description, string status)
    {
        var id = new Argument<string>("id") { Description = "Id of the approval" };
        var by = new Option<string>("--by") { Description = "Who decides [default: the user of this machine]", DefaultValueFactory = _ => Environment.UserName };
        var note = new Option<string?>("--note") { Description = "Why; the model is told of a rejection" };
        var command = new Command(name, description) { Arguments = { id }, Options = { by, note } };
        // Without a server, one of this command's own has every function: it may be the one that goes on with the run.
        command.SetAction((parsed, token) => AskAsync(
            parsed,
            client => client.PostAsync(
                $"/api/v1/approvals/{Uri.EscapeDataString(parsed.GetValue(id)!)}/resolve", BodyOf(status, parsed.GetValue(by), parsed.GetValue(note)), token),
            Decision, token));
        return command;
    }

    private static JsonObject BodyOf(string status, string? by, string? note)
    {
        var body = new JsonObject { ["status"] = status };
        if (!string.IsNullOrEmpty(by))
            body["resolved_by"] = by;
        if (!string.IsNullOrEmpty(note))
            body["note"] = note;
        return body;
    }

    private Task<int> AskAsync(
        ParseResult parsed, Func<TracesClient, Task<JsonObject>> ask, Action<IAnsiConsole, JsonObject> print, CancellationToken cancellationToken,
        params Type[] functions) => LocalHost.GuardAsync(async () =>
        {
            var (serve, named) = options(parsed);
            try
            {
                await using var server = await CommandServer.OpenAsync(serve, named, cancellationToken, functions);
                var answer = await ask(new TracesClient(server.Http));
                var console = Terminal.Output();
                if (parsed.GetValue(_json))
                    console.WriteLine(answer.ToJsonString(AgentJson.Options));
                else
                    print(console, answer);
                return 0;
            }
            catch (Exception e) when (e is TracesRefusedException or HttpRequestException)
            {
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        });

    private static void Queue(IAnsiConsole console, JsonObject page)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("id", "since", "agent", "tool", "arguments", "status");
        foreach (var approval in page["data"]!.AsArray().Select(item => item!.AsObject()))
        {
            table.AddRow(
                Cell(approval, "id"), Cell(approval, "created_at"), Cell(approval, "agent_id"), Cell(approval, "tool_name"),
                Markup.Escape(approval["tool_args"]?.ToJsonString(AgentJson.Options) ?? ""), Cell(approval, "status"));
        }

        console.Write(table);
    }

    private static void Decision(IAnsiConsole console, JsonObject approval) => console.WriteLine(
        $"{approval["id"]} is {approval["status"]}; run {approval["run_id"]}" + ((string?)approval["status"] == "pending"
            ? $" waits for {(int)approval["quorum"]! - approval["votes"]!.AsArray().Count} more"
            : " goes on"));

    private static string Cell(JsonObject approval, string member) => Markup.Escape($"{approval[member]}");
}
