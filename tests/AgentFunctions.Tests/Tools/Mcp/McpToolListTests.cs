using System.Text.Json;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;
using ModelContextProtocol.Protocol;

namespace AgentFunctions.Tests.Tools.Mcp;

/// <summary>What a server lists, as tools for a model.</summary>
public sealed class McpToolListTests
{
    private static readonly McpServerDefinition _server = new() { Name = "s", Command = "x" };

    [Theory]
    [InlineData("find", "s_find")]
    [InlineData("files/read.all", "s_files_read_all")]
    public void A_name_has_only_what_providers_take(string tool, string name) => Assert.Equal(name, McpToolList.NameOf("s", tool));

    [Fact]
    public void Long_names_that_begin_alike_stay_apart()
    {
        var first = McpToolList.NameOf("server", new string('a', 100) + "1");
        var second = McpToolList.NameOf("server", new string('a', 100) + "2");

        Assert.Equal(64, first.Length);
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData(true, null, null, ToolEffect.Pure)]
    [InlineData(false, true, null, ToolEffect.Idempotent)]
    [InlineData(null, false, null, ToolEffect.Once)]
    [InlineData(null, null, true, ToolEffect.Once)]
    [InlineData(null, null, null, ToolEffect.Idempotent)]
    public void The_effect_is_the_hints_or_the_servers_default(bool? readOnly, bool? idempotent, bool? destructive, ToolEffect effect)
    {
        var hints = new ToolAnnotations { ReadOnlyHint = readOnly, IdempotentHint = idempotent, DestructiveHint = destructive };

        Assert.Equal(effect, Assert.Single(Read(_server with { DefaultEffect = ToolEffect.Idempotent }, Tool("t", hints))).Effect);
    }

    [Fact]
    public void The_configuration_goes_before_the_hints_and_leaves_out_what_it_does_not_name()
    {
        var server = _server with { Tools = [new McpToolRule("pay", ToolEffect.Once, 60)] };

        var tool = Assert.Single(Read(server, Tool("pay", new ToolAnnotations { ReadOnlyHint = true }), Tool("other")));

        Assert.Equal((ToolEffect.Once, 60), (tool.Effect, tool.TimeoutSeconds));
    }

    [Fact]
    public void A_tool_that_no_model_could_call_is_left_out_and_reported()
    {
        var skipped = new List<string>();
        var remote = Tool("remote");
        remote.InputSchema = JsonElement.Parse("""{"type":"object","properties":{"a":{"$ref":"https://schemas.example/a.json"}}}""");

        var tools = McpToolList.Read(_server, [remote, Tool("a.b"), Tool("a/b")], (tool, reason) => skipped.Add($"{tool}: {reason}"));

        Assert.Equal("a.b", Assert.Single(tools).Mcp!.Tool);
        Assert.Equal(2, skipped.Count);
        Assert.StartsWith("remote: its input schema cannot be used", skipped[0], StringComparison.Ordinal);
        Assert.Equal("a/b: another tool is named s_a_b already", skipped[1]);
    }

    private static IReadOnlyList<ToolDefinition> Read(McpServerDefinition server, params Tool[] tools) =>
        McpToolList.Read(server, tools, (_, reason) => Assert.Fail(reason));

    private static Tool Tool(string name, ToolAnnotations? hints = null) => new()
    {
        Name = name,
        InputSchema = JsonElement.Parse("""{"type":"object"}"""),
        Annotations = hints,
    };
}
