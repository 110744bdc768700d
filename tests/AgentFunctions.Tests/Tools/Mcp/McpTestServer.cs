// Where the built stdio test server is, how a configuration starts it, and what it did.
using AgentFunctions.Tests.EndToEnd;

namespace AgentFunctions.Tests.Tools.Mcp;

internal sealed class McpTestServer(TempFolder folder)
{
    private readonly string _log = Path.Combine(folder.Path, "calls.log");

    /// <summary>The server's own lines, in order; the first is <c>pid</c> and its process id.</summary>
    public IReadOnlyList<string> Calls => File.Exists(_log) ? File.ReadAllLines(_log) : [];

    public static string ServerPath { get; } = AppProcess.ExecutablePath
        .Replace(Path.Combine("src", "AgentFunctions.Local"), Path.Combine("tests", "AgentFunctions.Tests.McpServer"), StringComparison.Ordinal)
        .Replace("AgentFunctions.Local.dll", "AgentFunctions.Tests.McpServer.dll", StringComparison.Ordinal);

    /// <summary>As an item of <c>mcp_servers</c>.</summary>
    public string Yaml(string more = "") =>
        $$"""{ name: orders, command: dotnet, args: ["{{ServerPath}}"], env: { CALL_LOG: "{{_log}}", ORDERS_KEY: "${ORDERS_KEY}" }{{more}} }""";

    /// <summary>A server that is started and never says a word.</summary>
    public string SilentYaml => $$"""{ name: silent, command: dotnet, args: ["{{ServerPath}}", silent], connect_timeout_seconds: 1 }""";

    /// <summary>Waits until the server has written the line.</summary>
    public async Task SeeAsync(string line)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!Calls.Contains(line))
            await timer.WaitForNextTickAsync(limit.Token);
    }
}
