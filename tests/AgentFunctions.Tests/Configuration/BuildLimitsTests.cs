using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Configuration;

/// <summary>What one build does not have is refused at start, with the way out.</summary>
public sealed class BuildLimitsTests
{
    [Theory]
    [InlineData("metrics_port: 9464", "key 'observability.metrics_port': cannot be opened on Azure; remove it and scrape GET /metrics")]
    [InlineData("health_port: 8081", "key 'observability.health_port': cannot be opened on Azure; remove it and probe GET /healthz and GET /readyz")]
    public void Azure_opens_no_port_of_its_own(string entry, string problem) =>
        Assert.Contains(problem, Assert.Throws<ConfigurationException>(() => Load(entry).CheckAzure()).Message, StringComparison.Ordinal);

    [Fact]
    public void The_embedded_build_has_no_Application_Insights() =>
        Assert.Contains(
            "exporter 'insights' of type application_insights exists on Azure only",
            Assert.Throws<ConfigurationException>(() => Load("exporters: [{ name: insights, type: application_insights, connection_string: c }]").CheckEmbedded()).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_a_build_has_is_let_through()
    {
        Load("metrics_port: 9464, health_port: 8081").CheckEmbedded();
        Load("exporters: [{ type: application_insights, connection_string: c }]").CheckAzure();
    }

    private static ServiceCollection Load(string entry)
    {
        using var file = new TemporaryFile($"observability: {{ {entry} }}");
        var services = new ServiceCollection();
        services.AddAgents(file.Path);
        return services;
    }
}
