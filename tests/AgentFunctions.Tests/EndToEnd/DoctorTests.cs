// `doctor` in the terminal: what it finds, what it advises, and what it never shows.
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Telemetry;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class DoctorTests : IDisposable
{
    private const string Secret = "sk-lf-0123456789abcdef";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task All_well_is_exit_code_0_and_every_exporter_had_a_span()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var grpc = await OtlpReceiver.StartAsync(grpc: true);

        var (exitCode, report, _) = await RunAsync($$"""
            - { name: tempo, type: otlp, protocol: http/protobuf, endpoint: "{{receiver.Address}}", headers: { x-key: "{{Secret}}" } }
            - { name: collector, type: otlp, endpoint: "{{grpc.Address}}" }
            """);

        Assert.Equal((0, true), (exitCode, (bool)report["ok"]!));
        var request = await receiver.NextAsync();
        Assert.Equal(("doctor", Secret), (Assert.Single(request.Spans).Name, request.Headers["x-key"]));
        Assert.Equal("doctor", Assert.Single((await grpc.NextAsync()).Spans).Name);
        Assert.All(new[] { "configuration", "data folder", "state.db", "traces.db", "model m", "exporter tempo", "exporter collector" }, check => Assert.True((bool)Find(report, check)["ok"]!));
    }

    [Fact]
    public async Task Each_exporter_that_fails_is_reported_with_its_fix_and_no_secret_is_shown()
    {
        await using var unauthorized = await OtlpReceiver.StartAsync();
        unauthorized.Answer = 401;
        await using var lost = await OtlpReceiver.StartAsync();
        lost.Answer = 404;
        await using var hanging = await OtlpReceiver.StartAsync(hangs: true);
        var gone = await OtlpReceiver.StartAsync();
        var goneAddress = gone.Address;
        await gone.DisposeAsync();

        var (exitCode, report, output) = await RunAsync($$"""
            - { name: key, type: langfuse, public_key: pk, secret_key: "{{Secret}}", endpoint: "{{unauthorized.Address}}" }
            - { name: path, type: otlp, protocol: http/protobuf, endpoint: "{{lost.Address}}" }
            - { name: gone, type: otlp, protocol: http/protobuf, endpoint: "{{goneAddress}}" }
            - { name: slow, type: otlp, protocol: http/protobuf, endpoint: "{{hanging.Address}}", timeout: 200ms }
            - { name: tls, type: otlp, protocol: http/protobuf, endpoint: "https://{{lost.Address.Authority}}" }
            """);

        Assert.Equal((1, false), (exitCode, (bool)report["ok"]!));
        AssertFix(report, "exporter key", "HTTP 401", "check the exporter's key");
        AssertFix(report, "exporter path", "HTTP 404", "check the path");
        AssertFix(report, "exporter gone", "nothing listens", "start it");
        AssertFix(report, "exporter slow", "did not answer in time", "timeout");
        AssertFix(report, "exporter tls", "no TLS connection", "plain http");
        Assert.DoesNotContain(Secret, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_database_and_a_wrong_key_of_the_file_are_found()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "traces.db"), new string('x', 8192));

        var (exitCode, report, _) = await RunAsync("- { type: otpl }");

        Assert.Equal(1, exitCode);
        AssertFix(report, "configuration", "'otpl' is not one of", "correct the file");
        AssertFix(report, "traces.db", "cannot be read", "restore the file");
    }

    [Fact]
    public async Task A_trace_store_in_tables_is_asked_and_its_account_named_when_it_is_gone()
    {
        var config = _folder.Write("agents.yaml", "observability: { traces: { store: tables } }\nagents: []");
        var account = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:1/a";

        var (exitCode, output) = await AppProcess.RunToEndAsync(
            ["doctor", "--json", "--data", Data, "--config", config], new Dictionary<string, string> { ["AzureWebJobsStorage"] = account });

        Assert.Equal(1, exitCode);
        AssertFix(JsonNode.Parse(output)!.AsObject(), "trace store", "does not answer", "AzureWebJobsStorage");
        Assert.DoesNotContain("a2V5", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_json_it_is_a_table()
    {
        var (_, output) = await AppProcess.RunToEndAsync(["doctor", "--data", Data, "--config", Write("")]);

        Assert.Contains("what to do", output, StringComparison.Ordinal);
        Assert.Contains("traces.db", output, StringComparison.Ordinal);
    }

    private string Data => Path.Combine(_folder.Path, "data");

    private string Write(string exporters) => _folder.Write("agents.yaml", $$"""
        {{(exporters.Length == 0 ? "" : "observability:\n  exporters:\n" + string.Join('\n', exporters.Split('\n').Select(line => "    " + line.Trim())))}}
        models: { m: { provider: scripted, script: [{ say: hi }] } }
        agents: [{ name: a, model: m, prompt: p }]
        """);

    private async Task<(int ExitCode, JsonObject Report, string Output)> RunAsync(string exporters)
    {
        var (exitCode, output) = await AppProcess.RunToEndAsync(["doctor", "--json", "--data", Data, "--config", Write(exporters)]);
        return (exitCode, JsonNode.Parse(output)!.AsObject(), output);
    }

    private static void AssertFix(JsonObject report, string check, string text, string fix)
    {
        var found = Find(report, check);
        Assert.False((bool)found["ok"]!);
        Assert.Contains(text, (string)found["text"]!, StringComparison.Ordinal);
        Assert.Contains(fix, (string)found["fix"]!, StringComparison.Ordinal);
    }

    private static JsonObject Find(JsonObject report, string check) =>
        report["checks"]!.AsArray().Select(c => c!.AsObject()).First(c => (string?)c["check"] == check);
}
