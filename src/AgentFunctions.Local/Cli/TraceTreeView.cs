// Draws a trace as a tree: name, duration, tokens, errors.
using System.Text.Json.Nodes;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

internal static class TraceTreeView
{
    /// <summary>The tree of the answer of <c>/runs/{id}/trace</c>.</summary>
    public static Tree Draw(JsonObject trace)
    {
        var tree = new Tree(Markup.Escape($"trace {trace["trace_id"]}"));
        foreach (var root in trace["tree"]!.AsArray())
            Add(tree, root!.AsObject());
        return tree;
    }

    private static void Add(IHasTreeNodes parent, JsonObject span)
    {
        var node = parent.AddNode(Label(span));
        foreach (var child in span["children"]!.AsArray())
            Add(node, child!.AsObject());
    }

    private static string Label(JsonObject span)
    {
        var failed = string.Equals(span["status"]?.GetValue<string>(), "error", StringComparison.OrdinalIgnoreCase);
        var color = failed ? "red" : span["type"]?.GetValue<string>() switch
        {
            "AGENT" => "green",
            "LLM" => "yellow",
            "TOOL" => "blue",
            _ => "default",
        };
        var duration = span["duration_ms"]!.GetValue<double>();
        return $"[{color}]{Markup.Escape(span["name"]!.GetValue<string>())}[/] [grey]{duration:0} ms{Tokens(span["attributes"]!.AsObject())}[/]";
    }

    private static string Tokens(JsonObject attributes) =>
        attributes["gen_ai.usage.input_tokens"] is { } input
            ? $", {input} + {attributes["gen_ai.usage.output_tokens"]} tokens"
            : "";
}
