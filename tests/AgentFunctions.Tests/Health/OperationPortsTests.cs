// Ports of their own for metrics and probes.
using System.Net;
using System.Net.Sockets;
using AgentFunctions.Tests.EndToEnd;

namespace AgentFunctions.Tests.Health;

public sealed class OperationPortsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_port_serves_its_own_routes_only_and_the_apps_address_serves_all()
    {
        var (metrics, health) = (FreePort(), FreePort());
        await using var app = await AppProcess.StartAsync(Data, Config($"metrics_port: {metrics}, health_port: {health}"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"http://127.0.0.1:{metrics}/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"http://127.0.0.1:{metrics}/readyz"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"http://127.0.0.1:{metrics}/api/v1/agents"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"http://127.0.0.1:{health}/healthz"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"http://127.0.0.1:{health}/readyz"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"http://127.0.0.1:{health}/metrics"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(app.Http.BaseAddress!, "/metrics").ToString()));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(app.Http.BaseAddress!, "/readyz").ToString()));
    }

    [Fact]
    public async Task One_port_may_serve_both()
    {
        var port = FreePort();
        await using var app = await AppProcess.StartAsync(Data, Config($"metrics_port: {port}, health_port: {port}"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"http://127.0.0.1:{port}/metrics"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"http://127.0.0.1:{port}/healthz"));
    }

    [Fact]
    public async Task A_port_that_is_taken_stops_the_start_with_the_keys_name()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var (exitCode, output) = await ServeAsync("http://127.0.0.1:0", $"metrics_port: {port}");

        Assert.Equal(2, exitCode);
        Assert.Contains($"observability.metrics_port: port {port} is in use.", output);
    }

    [Fact]
    public async Task A_port_that_is_the_apps_own_is_refused()
    {
        var port = FreePort();

        var (exitCode, output) = await ServeAsync($"http://127.0.0.1:{port}", $"health_port: {port}");

        Assert.Equal(2, exitCode);
        Assert.Contains($"observability.health_port is {port}, which --urls has already.", output);
    }

    [Fact]
    public async Task With_metrics_off_the_route_says_which_key_turned_them_off()
    {
        await using var app = await AppProcess.StartAsync(Data, Config("metrics: false"));

        using var response = await app.Http.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("observability.metrics", await response.Content.ReadAsStringAsync());
    }

    private string Data => Path.Combine(_folder.Path, "data");

    private string Config(string observability) => _folder.Write("agents.yaml", $$"""
        observability: { {{observability}} }
        models:
          quick: { provider: scripted, model: quick-script, script: [{ say: "Hello." }] }
        agents:
          - { name: greeter, model: quick, prompt: Greet. }
        """);

    private Task<(int ExitCode, string Output)> ServeAsync(string urls, string observability) =>
        AppProcess.RunToEndAsync(["serve", "--data", Data, "--urls", urls, "--config", Config(observability)]);

    private static async Task<HttpStatusCode> StatusAsync(string url)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync(url);
        return response.StatusCode;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
