// `observability.traces.store`: traces in a storage account while runs stay where they are.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Storage;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Traces;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Tables;

/// <summary>State in SQLite and traces in Azurite, through the executable.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TracesInTablesTests(AzuriteFixture azurite) : IDisposable
{
    private const string Agents = """
        observability: { traces: { store: tables } }
        models:
          quick: { provider: scripted, model: quick-script, script: [{ say: "Hello." }] }
        agents:
          - { name: greeter, model: quick, prompt: Greet. }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_with_its_state_in_SQLite_has_its_trace_in_tables()
    {
        var data = Path.Combine(_folder.Path, "data");
        await using var app = await AppProcess.StartAsync(data, Config(), new Dictionary<string, string> { ["AzureWebJobsStorage"] = azurite.ConnectionString });
        using var response = await app.Http.PostAsJsonAsync("api/v1/agents/greeter/run", new { input = "Hello?" });
        var run = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        var (runId, traceId) = (run["run_id"]!.GetValue<string>(), run["trace_id"]!.GetValue<string>());

        var trace = (await app.Http.GetFromJsonAsync<JsonObject>($"api/v1/runs/{runId}/trace"))!;
        Assert.Equal("invoke_agent greeter", trace["name"]!.GetValue<string>());

        var store = await TableStores.OpenTracesAsync(azurite, new TableStoreOptions().TablePrefix);
        Assert.Equal("ok", (await store.GetSummaryAsync(traceId))!.Status);
        Assert.Equal([traceId], (await store.ListTracesAsync(new TraceQuery { RunId = runId })).Items.Select(t => t.TraceId));
        Assert.True(File.Exists(Path.Combine(data, "state.db")));
        Assert.False(File.Exists(Path.Combine(data, "traces.db")));
    }

    [Theory]
    [InlineData("AzureWebJobsStorage", "", "set AzureWebJobsStorage to a connection string")]
    [InlineData("AzureWebJobsStorage", "AccountName=a", "AccountKey")]
    [InlineData("AzureWebJobsStorage", "AccountName=a;AccountKey=?", "AzureWebJobsStorage is no connection string")]
    [InlineData("AzureWebJobsStorage__tableServiceUri", "https://a.table.core.windows.net", "identities are for Azure")]
    [InlineData("AzureWebJobsStorage", "AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:1", "http://127.0.0.1:1")]
    public async Task Tables_without_a_usable_account_end_the_start_with_a_message_that_names_the_setting(string setting, string value, string expected)
    {
        var (exitCode, output) = await AppProcess.RunToEndAsync(
            ["serve", "--data", Path.Combine(_folder.Path, "data"), "--urls", "http://127.0.0.1:0", "--config", Config()],
            new Dictionary<string, string> { ["AzureWebJobsStorage"] = "", [setting] = value });

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
    }

    [Fact]
    public void On_Azure_a_file_is_refused_as_a_trace_store()
    {
        var file = _folder.Write("sqlite.yaml", Agents.Replace("store: tables", "store: sqlite", StringComparison.Ordinal));
        var services = new ServiceCollection();
        services.AddAgents(file);

        var refusal = Assert.Throws<ConfigurationException>(services.CheckAzure);

        Assert.Contains("observability.traces.store", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("set it to tables", refusal.Message, StringComparison.Ordinal);
    }

    private string Config() => _folder.Write("agents.yaml", Agents);
}
