// The server's start: `silent` answers nothing at all, anything else serves the tools.
using AgentFunctions.Tests.McpServer;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

if (args.Contains("silent"))
{
    await Console.In.ReadToEndAsync();
    return;
}

OrderTools.Log($"pid {Environment.ProcessId}");

// A library that prints where it must not, and a secret that ends up in the log of errors.
Console.WriteLine("this line is no JSON");
Console.WriteLine("{ \"neither\": is this");
await Console.Error.WriteLineAsync($"started with {Environment.GetEnvironmentVariable("ORDERS_KEY")}");

var tools = new McpServerPrimitiveCollection<McpServerTool>();
OrderTools.AddTo(tools);
var options = new McpServerOptions
{
    ServerInfo = new Implementation { Name = "orders", Version = "1.0" },
    ToolCollection = tools,
};
await using var transport = new StdioServerTransport("orders");
await using var server = McpServer.Create(transport, options);
// When the app was killed its end of the pipe is closed; calls that are still open must not keep the process.
await Task.WhenAny(server.RunAsync(), transport.MessageReader.Completion);
Environment.Exit(0);
