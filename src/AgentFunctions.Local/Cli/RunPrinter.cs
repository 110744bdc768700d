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
    private string? _speaker;

    /// <summary>True when the run ended in error.</summary>
    public bool Failed { get; private set; }

    public void Print(string type, JsonObject data)
    {
        ShowSpeaker(type, data);
        switch (type)
        {
            case "token":
                Write(data["token"]!.GetValue<string>(), thinking: false);
                break;
            case "reasoning" when data["delta"] is { } delta:
                Write(delta.GetValue<string>(), thinking: true);
                break;
            case "tool_call":
                PrintToolCall(data);
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

    // Tokens of members come in between each other; each change of who speaks begins a line with the name.
    private void ShowSpeaker(string type, JsonObject data)
    {
        if (type is not ("token" or "reasoning" or "tool_call"))
            return;
        var speaker = data["depth"]?.GetValue<int>() > 0 ? data["agent_id"]?.GetValue<string>() : null;
        if (speaker == _speaker)
            return;
        EndLine();
        _speaker = speaker;
        if (speaker is not null)
            console.MarkupLineInterpolated($"[grey]{speaker}:[/]");
    }

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
        var call = $"{data["tool_name"]} {data["arguments"]?.ToJsonString()}";
        if (data["status"]!.GetValue<string>() == "started")
            console.MarkupLineInterpolated($"[blue]→ {call}[/]");
        else if (data["error"] is { } error)
            console.MarkupLineInterpolated($"[red]← {data["tool_name"]}: {error["code"]}: {error["message"]}[/]");
        else
            console.MarkupLineInterpolated($"[blue]← {data["tool_name"]} {data["result"]?.ToJsonString()}[/]");
    }

    private void PrintEnd(JsonObject data)
    {
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
