using AgentFunctions.Configuration;
using AgentFunctions.Tools;

namespace AgentFunctions.Tests.Configuration;

/// <summary>Loads a text as the file <c>agents.yaml</c> of a folder that lives for one test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentfunctions-").FullName;

    public TemporaryFile(string text)
    {
        Path = System.IO.Path.Combine(_folder, "agents.yaml");
        File.WriteAllText(Path, text);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static AppConfiguration Load(string yaml, Func<string, string?>? environment = null, params ToolDefinition[] registeredTools)
    {
        using var file = new TemporaryFile(yaml);
        return ConfigurationLoader.Load(file.Path, environment ?? (_ => null), registeredTools);
    }

    /// <summary>The problems of a text that must not load, as printed, with the folder cut off.</summary>
    public static IReadOnlyList<string> ProblemsOf(string yaml, Func<string, string?>? environment = null, params ToolDefinition[] registeredTools)
    {
        using var file = new TemporaryFile(yaml);
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load(file.Path, environment ?? (_ => null), registeredTools));
        Assert.Equal("INVALID_CONFIG", error.Code);
        Assert.Equal(error.Message.Split(Environment.NewLine), error.Problems.Select(p => p.ToString()));
        return [.. error.Problems.Select(p => p.ToString().Replace(file._folder + System.IO.Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];
    }
}
