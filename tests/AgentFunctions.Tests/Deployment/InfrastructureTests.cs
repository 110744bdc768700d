// What can be checked of the Azure templates without Azure.
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentFunctions.Tests.Deployment;

public sealed partial class InfrastructureTests
{
    private static readonly BicepFile _main = BicepFile.Read(Repository.PathOf("infra", "main.bicep"));

    // Read by the app, rightly absent from Azure's settings.
    private static readonly Dictionary<string, string> _notSetInAzure = new()
    {
        ["AzureWebJobsStorage"] = "a connection string; Azure uses the identity",
        ["AzureWebJobsStorage__accountName"] = "the same as tableServiceUri, which is set",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "a destination that the operator adds",
    };

    public static TheoryData<string> Templates => [.. Directory
        .EnumerateFiles(Repository.PathOf("infra"), "*.bicep", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path))];

    [Fact]
    public void Every_module_exists_and_gets_exactly_the_parameters_it_declares()
    {
        Assert.NotEmpty(_main.Modules);
        foreach (var call in _main.Modules)
        {
            var module = BicepFile.Read(call.Path);
            Assert.Empty(module.RequiredParameters.Except(call.Arguments));
            Assert.Empty(call.Arguments.Except(module.Parameters));
        }
    }

    [Fact]
    public void Every_output_that_is_used_is_one_that_its_module_has()
    {
        var modules = _main.Modules.ToDictionary(call => call.Name, call => BicepFile.Read(call.Path).Outputs);
        Assert.All(_main.OutputsUsed, use => Assert.Contains(use.Output, modules[use.Module]));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void Every_parameter_is_used_and_every_bracket_closed(string path)
    {
        var file = BicepFile.Read(Repository.PathOf(path));
        Assert.All(file.Parameters, parameter => Assert.True(file.UsesOf(parameter) > 0, $"{path}: {parameter} is not used"));
        Assert.Equal(file.Text.Count(c => c is '{' or '(' or '['), file.Text.Count(c => c is '}' or ')' or ']'));
    }

    [Theory]
    [MemberData(nameof(Templates))]
    public void No_template_hands_out_a_key(string path) =>
        Assert.DoesNotMatch(KeyFunction(), Repository.Read(path));

    [Fact]
    public void Storage_and_telemetry_refuse_keys()
    {
        Assert.Contains("allowSharedKeyAccess: false", Repository.Read("infra", "modules", "storage.bicep"), StringComparison.Ordinal);
        Assert.Contains("DisableLocalAuth: true", Repository.Read("infra", "modules", "monitoring.bicep"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_parameter_file_gives_every_required_parameter_and_no_unknown_one()
    {
        using var file = JsonDocument.Parse(Repository.Read("infra", "main.parameters.json"));
        var given = file.RootElement.GetProperty("parameters").EnumerateObject().Select(p => p.Name).ToList();
        Assert.Empty(_main.RequiredParameters.Except(given));
        Assert.Empty(given.Except(_main.Parameters));
    }

    [Fact]
    public void Every_setting_that_the_app_reads_is_set_in_Azure()
    {
        var app = Repository.Read("infra", "modules", "functions.bicep");
        var read = Directory.EnumerateFiles(Repository.PathOf("src", "AgentFunctions", "Azure"), "*.cs").SelectMany(SettingsReadIn).Distinct().ToList();
        Assert.Contains("APPLICATIONINSIGHTS_CONNECTION_STRING", read);
        Assert.All(read, setting => Assert.True(
            _notSetInAzure.ContainsKey(setting) || Regex.IsMatch(app, $@"\b{setting}:"), $"{setting} is read but not set in functions.bicep"));
    }

    private static IEnumerable<string> SettingsReadIn(string path)
    {
        var source = File.ReadAllText(path);
        var prefix = SettingConstant().Match(source).Groups["value"].Value;
        return SettingRead().Matches(source)
            .Select(m => m.Groups["key"].Value)
            .Select(key => key == "Setting" ? prefix : key.Replace("{Setting}", prefix, StringComparison.Ordinal))
            .Select(key => key.Replace(":", "__", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"listKeys|listAccountSas|listServiceSas|AccountKey=|InstrumentationKey|primaryMasterKey|SharedAccessSignature", RegexOptions.IgnoreCase)]
    private static partial Regex KeyFunction();

    [GeneratedRegex(@"configuration\[\$?""?(?<key>[^""\]]+)""?\]")]
    private static partial Regex SettingRead();

    [GeneratedRegex(@"const string Setting = ""(?<value>\w+)""")]
    private static partial Regex SettingConstant();
}
