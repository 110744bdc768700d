// What the definitions of a file can name, read before them.
using AgentFunctions.Models;
using AgentFunctions.Output;
using AgentFunctions.Tools;
using AgentFunctions.Tools.Mcp;

namespace AgentFunctions.Configuration;

/// <param name="Models">By key of <c>models</c>.</param>
/// <param name="Tools">By name, those registered in code included.</param>
/// <param name="Outputs">By name; registered in code.</param>
/// <param name="Servers">The MCP servers.</param>
internal sealed record ConfigParts(
    IReadOnlyDictionary<string, ModelDefinition> Models, IReadOnlyDictionary<string, ToolDefinition> Tools,
    IReadOnlyDictionary<string, OutputDefinition> Outputs, IReadOnlyList<McpServerDefinition> Servers);
