// Prints a run's events as a person would read them.
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

internal sealed class RunPrinter(IAnsiConsole console)
{
    private static readonly Style _thought = new(Color.Grey, decoration: Decoration.Italic);

    private bool _midLine;
    private bool _thinking;
    private bool _spoke;

    /// <summary>True when the run ended in error.</summary>
    public bool Failed { get; private set; }

    public void Print(string type, JsonObject data)
    {
        switch (type)
        {
            // Members speak at the same time: their text comes once it is whole.
            case "token" or "reasoning" when IsMembers(data):
                break;
            case "token":
                _spoke = true;
                Write(data["token"]!.GetValue<string>(), thinking: false);
                break;
            case "reasoning" when data["delta"] is { } delta:
                Write(delta.GetValue<string>(), thinking: true);
                break;
            case "tool_call":
                PrintToolCall(data);
                break;
            case "member_complete":
                EndLine();
                console.MarkupLineInterpolated($"[grey]{data["agent_id"]}:[/] {data["output"]}");
                break;
            case "approval":
                EndLine();
                PrintApproval(data);
                break;
            case "step" when data["status"]?.GetValue<string>() is "started":
                EndLine();
                console.MarkupLineInterpolated($"[grey]step {data["id"]} ({data["kind"]})[/]");
                break;
            case "complete":
                EndLine();
                PrintEnd(data);
                break;
            case "error":
                EndLine();
                Failed = true;
                console.MarkupLineInterpolated($"[red]{data["code"]}: {data["error"]}[/]");
                break;
        }
    }

    private static bool IsMembers(JsonObject data) => data["parent_run_id"] is not null;

    private void PrintApproval(JsonObject data)
    {
        if (data["status"]?.GetValue<string>() == "pending")
            console.MarkupLineInterpolated($"[yellow]waits for a person: {data["tool_name"]} {data["arguments"]?.ToJsonString()} (approval {data["approval_id"]})[/]");
        else
            console.MarkupLineInterpolated($"[yellow]{data["status"]}: {data["tool_name"]} {data["resolved_by"]}[/]");
    }

    private void PrintToolCall(JsonObject data)
    {
        EndLine();
        var who = IsMembers(data) ? $"{data["agent_id"]} " : "";
        if (data["status"]!.GetValue<string>() == "started")
            console.MarkupLineInterpolated($"[grey]{who}[/][blue]→ {data["tool_name"]} {data["arguments"]?.ToJsonString()}[/]");
        else if (data["error"] is { } error)
            console.MarkupLineInterpolated($"[grey]{who}[/][red]← {data["tool_name"]}: {error["code"]}: {error["message"]}[/]");
        else
            console.MarkupLineInterpolated($"[grey]{who}[/][blue]← {data["tool_name"]} {data["result"]?.ToJsonString()}[/]");
    }

    private void PrintEnd(JsonObject data)
    {
        // What a workflow or a router answers was nobody's token.
        if (!_spoke && data["output"]?.GetValue<string>() is { Length: > 0 } output)
            console.WriteLine(output);
        var usage = data["usage"]!;
        console.MarkupLineInterpolated(
            $"[grey]{data["status"]} ({data["termination_reason"]}), {data["steps"]} steps, {usage["prompt_tokens"]} + {usage["completion_tokens"]} tokens{Cost(data)}, {data["duration"]!.GetValue<double>():0.00} s[/]");
    }

    private static string Cost(JsonObject data)
    {
        var known = (decimal?)data["cost_usd"] is > 0 and var usd ? string.Create(CultureInfo.InvariantCulture, $", {usd:0.######} US dollars") : "";
        return (int)data["unpriced_calls"]! is > 0 and var calls ? $"{known}, {calls} calls without a known cost" : known;
    }

    private void Write(string text, bool thinking)
    {
        if (text.Length == 0)
            return;
        if (thinking != _thinking)
            EndLine();
        _thinking = thinking;
        console.Write(new Text(text, thinking ? _thought : Style.Plain));
        _midLine = !text.EndsWith('\n');
    }

    private void EndLine()
    {
        if (_midLine)
            console.WriteLine();
        _midLine = false;
    }
}
