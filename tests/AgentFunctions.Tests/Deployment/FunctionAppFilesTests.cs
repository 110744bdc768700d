// The files that azd, the Functions host and `func start` look for.
using System.Text.Json;
using System.Xml.Linq;
using YamlDotNet.RepresentationModel;

namespace AgentFunctions.Tests.Deployment;

public sealed class FunctionAppFilesTests
{
    [Fact]
    public void Azd_finds_the_function_app_and_the_resource_that_hosts_it()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read("azure.yaml")));
        var services = (YamlMappingNode)yaml.Documents[0].RootNode["services"];
        var (name, service) = Assert.Single(services.Children);

        Assert.Equal("dotnet", (string?)service["language"]);
        Assert.Equal("function", (string?)service["host"]);
        Assert.Single(Directory.EnumerateFiles(Repository.PathOf((string)service["project"]!), "*.csproj"));
        Assert.Contains($"'azd-service-name': '{name}'", Repository.Read("infra", "modules", "functions.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void Routes_have_no_prefix_and_the_host_speaks_OpenTelemetry()
    {
        using var host = JsonDocument.Parse(Repository.Read("host.json"));
        Assert.Equal("2.0", host.RootElement.GetProperty("version").GetString());
        Assert.Equal("OpenTelemetry", host.RootElement.GetProperty("telemetryMode").GetString());
        Assert.Equal("", host.RootElement.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
    }

    [Fact]
    public void The_sample_settings_run_the_isolated_worker_on_Azurite()
    {
        using var settings = JsonDocument.Parse(Repository.Read("local.settings.sample.json"));
        var values = settings.RootElement.GetProperty("Values");
        Assert.False(settings.RootElement.GetProperty("IsEncrypted").GetBoolean());
        Assert.Equal("dotnet-isolated", values.GetProperty("FUNCTIONS_WORKER_RUNTIME").GetString());
        Assert.Equal("UseDevelopmentStorage=true", values.GetProperty("AzureWebJobsStorage").GetString());
    }

    [Theory]
    [InlineData("host.json", "PreserveNewest")]
    [InlineData("agents.yaml", "PreserveNewest")]
    [InlineData("local.settings.json", "Never")]
    public void The_app_takes_its_files_along_but_never_publishes_local_settings(string file, string publish)
    {
        var project = XDocument.Load(Repository.PathOf("src", "AgentFunctions", "AgentFunctions.csproj"));
        var item = Assert.Single(project.Descendants("None"), item => Path.GetFileName((((string?)item.Attribute("Include") ?? (string?)item.Attribute("Update"))!).Replace('\\', '/')) == file);
        Assert.Equal("PreserveNewest", (string?)item.Attribute("CopyToOutputDirectory"));
        Assert.Equal(publish, (string?)item.Attribute("CopyToPublishDirectory"));
    }
}
