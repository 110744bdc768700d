using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Sessions;
using AgentFunctions.Storage;
using AgentFunctions.Tests.Storage;
using AgentFunctions.Traces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AgentFunctions.Tests.Tables;

/// <summary>The registration that the Azure build uses.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableStoreServicesTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task A_host_with_table_stores_creates_its_tables_and_stores()
    {
        using var host = NewHost(azurite.ConnectionString);
        await host.StartAsync();
        var services = host.Services;

        await services.GetRequiredService<IRunStore>().CreateAsync(Samples.Run("r1") with { SessionId = "s" }, [], []);
        await services.GetRequiredService<ITraceStore>().UpsertAsync([Samples.Span("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")]);
        await services.GetRequiredService<IDefinitionStore>().PutAsync(Samples.Definition("weather"));

        Assert.NotNull(await services.GetRequiredService<ISessionStore>().GetAsync("s"));
        Assert.Single(await services.GetRequiredService<ITraceStore>().GetTraceAsync("0af7651916cd43dd8448eb211c80319c", 10));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_host_that_cannot_reach_its_tables_does_not_start()
    {
        using var host = NewHost(System.Text.RegularExpressions.Regex.Replace(azurite.ConnectionString, "AccountKey=[^;]+", "AccountKey=YQ=="));
        await Assert.ThrowsAsync<Azure.RequestFailedException>(() => host.StartAsync());
    }

    private static IHost NewHost(string connectionString)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddTableStores(
            new Azure.Data.Tables.TableServiceClient(connectionString), new TableStoreOptions { TablePrefix = AzuriteFixture.NewPrefix() });
        return builder.Build();
    }
}
