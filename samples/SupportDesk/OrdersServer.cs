// An MCP server over stdio: what is known of orders. The agents' process starts it as a process of its own.
using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace SupportDesk;

/// <param name="Total">US dollars.</param>
internal sealed record Order(string OrderId, string Item, decimal Total, string Status, string Parcel);

internal static class OrdersServer
{
    private static readonly Order[] _orders =
    [
        new("A-1001", "desk lamp", 39.90m, "on its way, due on Thursday", "P-77"),
        new("A-1002", "coffee machine", 249.00m, "delivered on Monday", "P-78"),
        new("A-1003", "notebook", 12.50m, "delivered three weeks ago", "P-79"),
    ];

    /// <summary>Answers on standard output until the standard input ends.</summary>
    public static async Task<int> RunAsync()
    {
        var options = new McpServerOptions
        {
            ServerInfo = new Implementation { Name = "orders", Version = "1.0.0" },
            ToolCollection = [Tool("find_order", Find)],
        };
        await using var transport = new StdioServerTransport("orders");
        await using var server = McpServer.Create(transport, options);
        // The closed end of the pipe is all that is seen of an app that was killed; the server alone would go on for ever.
        await Task.WhenAny(server.RunAsync(), transport.MessageReader.Completion);
        return 0;
    }

    private static McpServerTool Tool(string name, Delegate method) =>
        McpServerTool.Create(method, new McpServerToolCreateOptions { Name = name, ReadOnly = true, UseStructuredContent = true });

    [Description("An order: what was bought for how much, and where it is.")]
    private static Order Find(string orderId) =>
        _orders.FirstOrDefault(order => order.OrderId == orderId) ?? throw new ArgumentException($"There is no order {orderId}.");
}
