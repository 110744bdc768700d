// The app's own services on SQLite files, without a host: for what is driven by hand in tests.
using AgentFunctions.Local.Storage;
using AgentFunctions.Runs;
using AgentFunctions.Tests.EndToEnd;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Runs;

internal sealed class RunServices : IAsyncDisposable
{
    private const string Greeter = """
        models:
          quick: { provider: scripted, model: quick-script, script: [{ say: "Hello." }] }
        agents:
          - { name: greeter, model: quick, prompt: Greet. }
        """;

    private readonly TempFolder _folder = new();
    private readonly ServiceProvider _services;

    public RunServices(TimeProvider time, string agents = Greeter, Action<IServiceCollection>? configure = null)
    {
        _folder.Write("agents.yaml", agents);
        var configuration = new ConfigurationBuilder().Build();
        var services = new ServiceCollection();
        configure?.Invoke(services);
        _services = services
            .AddLogging()
            .AddSingleton(time)
            .AddSingleton<IConfiguration>(configuration)
            .AddAgentFunctions(configuration, _folder.Path)
            .AddSqliteStores(_folder.Path)
            .AddSingleton<RunSweeper>()
            .BuildServiceProvider();
    }

    public IRunStore Runs => Get<IRunStore>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
