// A streamable HTTP server of the protocol's 2025-06-18 revision, written from the specification: sessions, one tool list.
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AgentFunctions.Tests.Fakes;

/// <summary>Its tools are <c>read</c> (read-only), <c>set</c> (idempotent) and <c>pay</c> (neither).</summary>
internal sealed class FakeMcpServer : FakeServer
{
    private int _sessions;

    /// <summary>What a tool call gives; the tool's name and arguments by default.</summary>
    public Func<string, JsonNode?, Task<JsonObject>> Call { get; set; } = (tool, arguments) =>
        Task.FromResult(Text($"{tool} {arguments?.ToJsonString()}"));

    /// <summary>When set, how a tool call is answered at the level of HTTP.</summary>
    public Func<HttpContext, Task>? Refuse { get; set; }

    /// <summary>Whether results come as an event stream.</summary>
    public bool Streams { get; set; }

    public string Url => $"{Address}/mcp";

    /// <summary>The calls of tools as they arrived.</summary>
    public IEnumerable<FakeRequest> Calls => Requests.Where(r => r.Body.Contains("\"tools/call\"", StringComparison.Ordinal));

    public static async Task<FakeMcpServer> StartNewAsync()
    {
        var server = new FakeMcpServer();
        await server.StartAsync();
        return server;
    }

    public static JsonObject Text(string text) => new() { ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) };

    /// <summary>Forgets the sessions that there are.</summary>
    public void Expire() => _sessions++;

    protected override async Task AnswerAsync(HttpContext http, FakeRequest request, CancellationToken released)
    {
        if (request.Method != "POST")
        {
            http.Response.StatusCode = request.Method == "DELETE" ? StatusCodes.Status200OK : StatusCodes.Status405MethodNotAllowed;
            return;
        }

        var message = JsonNode.Parse(request.Body)!;
        var method = (string)message["method"]!;
        if (method != "initialize" && request.Headers.TryGetValue("mcp-session-id", out var session) && session != $"session-{_sessions}")
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (message["id"] is null)
            http.Response.StatusCode = StatusCodes.Status202Accepted;
        else if (method == "tools/call" && Refuse is { } refuse)
            await refuse(http);
        else
            await ReplyAsync(http, message, method, released);
    }

    private async Task ReplyAsync(HttpContext http, JsonNode message, string method, CancellationToken released)
    {
        var reply = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = message["id"]!.DeepClone() };
        if (await ResultAsync(method, message["params"]) is { } result)
            reply["result"] = result;
        else
            reply["error"] = new JsonObject { ["code"] = -32601, ["message"] = $"Method not found: {method}" };
        if (method == "initialize")
            http.Response.Headers["Mcp-Session-Id"] = $"session-{_sessions}";
        http.Response.ContentType = Streams ? "text/event-stream" : "application/json";
        await http.Response.WriteAsync(Streams ? $": wait\n\nevent: message\ndata: {reply.ToJsonString()}\n\n" : reply.ToJsonString(), released);
    }

    private async Task<JsonNode?> ResultAsync(string method, JsonNode? parameters) => method switch
    {
        "initialize" => JsonNode.Parse("""{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"bank","version":"1"}}"""),
        "tools/list" => new JsonObject { ["tools"] = new JsonArray(Tool("read", """{"readOnlyHint":true}"""), Tool("set", """{"idempotentHint":true}"""), Tool("pay", "{}")) },
        "tools/call" => await Call((string)parameters!["name"]!, parameters["arguments"]),
        _ => null,
    };

    private static JsonObject Tool(string name, string annotations) => new()
    {
        ["name"] = name,
        ["inputSchema"] = JsonNode.Parse("""{"type":"object","properties":{"amount":{"type":"number"}}}"""),
        ["annotations"] = JsonNode.Parse(annotations),
    };
}
