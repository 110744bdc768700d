// The tools of the test server. What they did is one line each in the file that CALL_LOG names.
using System.ComponentModel;
using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AgentFunctions.Tests.McpServer;

internal static class OrderTools
{
    private static readonly byte[] _bytes = Encoding.UTF8.GetBytes("pixels");

    public static void AddTo(McpServerPrimitiveCollection<McpServerTool> tools)
    {
        Add("lookup_order", Lookup, readOnly: true);
        Add("ship_order", Ship);
        Add("cancel_order", Cancel, idempotent: true);
        Add("die", Die);
        Add("die_reading", Die, readOnly: true);
        Add("hang", HangAsync, readOnly: true);
        Add("everything", Everything, readOnly: true);
        Add("refuse", Refuse);
        Add("meta", Meta, idempotent: true);
        Add("variable", (string name) => Environment.GetEnvironmentVariable(name) ?? "(not set)", readOnly: true);
        Add("grow", () => Grow(tools));

        void Add(string name, Delegate method, bool? readOnly = null, bool? idempotent = null) =>
            tools.Add(McpServerTool.Create(method, new McpServerToolCreateOptions { Name = name, ReadOnly = readOnly, Idempotent = idempotent }));
    }

    [Description("Where an order is.")]
    private static string Lookup(string id)
    {
        Log($"lookup {id}");
        return $$"""{"order":"{{id}}","status":"shipped"}""";
    }

    [Description("Sends an order.")]
    private static string Ship(string id)
    {
        Log($"ship {id}");
        return "sent";
    }

    private static string Cancel(string id)
    {
        Log($"cancel {id}");
        return "cancelled";
    }

    // The first call of the log's life ends the process; a repetition would be answered.
    private static string Die()
    {
        var died = File.Exists(LogPath) && File.ReadLines(LogPath).Contains("die");
        Log("die");
        if (!died)
            Environment.Exit(3);
        return "alive";
    }

    private static async Task<string> HangAsync(CancellationToken cancellationToken)
    {
        Log("hang");
        try
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Log("hang cancelled");
        }

        return "";
    }

    private static CallToolResult Everything() => new()
    {
        Content =
        [
            new TextContentBlock { Text = "a text" },
            ImageContentBlock.FromBytes(_bytes, "image/png"),
            AudioContentBlock.FromBytes(_bytes, "audio/wav"),
            new ResourceLinkBlock { Uri = "file:///orders/7.txt", Name = "order 7" },
            new EmbeddedResourceBlock { Resource = new TextResourceContents { Uri = "file:///orders/8.txt", Text = "order 8" } },
        ],
        StructuredContent = System.Text.Json.JsonElement.Parse("""{"orders":[7,8]}"""),
    };

    private static CallToolResult Refuse() => new() { IsError = true, Content = [new TextContentBlock { Text = "order 9 is locked" }] };

    private static string Meta(RequestContext<CallToolRequestParams> context) => (context.Params!.Meta ?? new JsonObject()).ToJsonString();

    private static string Grow(McpServerPrimitiveCollection<McpServerTool> tools)
    {
        Log("grow");
        tools.Add(McpServerTool.Create(() => "new", new McpServerToolCreateOptions { Name = "grown" }));
        return "grown";
    }

    private static string LogPath => Environment.GetEnvironmentVariable("CALL_LOG")!;

    public static void Log(string line)
    {
        lock (_bytes)
            File.AppendAllText(LogPath, line + "\n");
    }
}
