using Azure;
using Azure.Data.Tables;
using static AgentFunctions.Tests.Tables.FaultyTransport;

namespace AgentFunctions.Tests.Tables;

/// <summary>The embedded table client when the service or the way to it fails.</summary>
[RequiresAzurite]
[Collection(AzuriteTests.Name)]
public sealed class TableClientFaultTests(AzuriteFixture azurite) : IDisposable
{
    private readonly FaultyTransport _transport = new();

    public void Dispose() => _transport.Dispose();

    [Fact]
    public async Task A_request_that_failed_in_passing_is_sent_again()
    {
        var table = await NewTableAsync();
        _transport.FailNext(Fault.Busy, "POST", table.Name);
        _transport.FailNext(Fault.Busy, "POST", table.Name);

        await table.AddEntityAsync(new TableEntity("p", "r"));

        Assert.True((await table.GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue);
    }

    [Fact]
    public async Task A_request_that_keeps_failing_is_given_up_after_its_tries()
    {
        var table = await NewTableAsync();
        foreach (var _ in Enumerable.Range(0, 10))
        {
            _transport.FailNext(Fault.Busy, "GET", table.Name);
        }
        var before = _transport.Requests;

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "r"));

        Assert.Equal((503, 4), (error.Status, _transport.Requests - before));
    }

    [Fact]
    public async Task A_refusal_is_final()
    {
        var table = await NewTableAsync();
        var before = _transport.Requests;

        await Assert.ThrowsAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "r"));

        Assert.Equal(1, _transport.Requests - before);
    }

    [Fact]
    public async Task A_service_that_cannot_be_reached_is_named()
    {
        const string Nowhere = "AccountName=devstoreaccount1;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:1/devstoreaccount1";
        var table = new TableClient(Nowhere, "any", new TableClientOptions { Retry = { MaxRetries = 1, Delay = TimeSpan.FromMilliseconds(1) } });

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "r"));

        Assert.Equal(0, error.Status);
        Assert.Contains("127.0.0.1:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_by_the_service()
    {
        var wrong = System.Text.RegularExpressions.Regex.Replace(azurite.ConnectionString, "AccountKey=[^;]+", "AccountKey=YQ==");

        var error = await Assert.ThrowsAsync<RequestFailedException>(() => new TableClient(wrong, "any").GetEntityAsync<TableEntity>("p", "r"));

        Assert.Equal(403, error.Status);
    }

    [Theory]
    [InlineData("AccountKey=YQ==", "AccountName")]
    [InlineData("AccountName=a", "AccountKey")]
    [InlineData("", "AccountName")]
    public void A_connection_string_that_lacks_a_part_is_refused_with_its_name(string connectionString, string missing) =>
        Assert.Contains(missing, Assert.Throws<ArgumentException>(() => new TableServiceClient(connectionString)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=YQ==;EndpointSuffix=core.windows.net", "https://acme.table.core.windows.net/")]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1")]
    public void A_connection_string_says_where_the_tables_are(string connectionString, string endpoint) =>
        Assert.Equal(endpoint, new TableServiceClient(connectionString).Uri.ToString());

    private async Task<TableClient> NewTableAsync()
    {
        var table = azurite.Connect(_transport.Options).GetTableClient(AzuriteFixture.NewPrefix());
        await table.CreateIfNotExistsAsync();
        return table;
    }
}
