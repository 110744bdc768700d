// What the stream tests of the providers share: one fake server and a model that talks to it.
using AgentFunctions.Models;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Models;

public abstract class StreamTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly ModelBench _bench = new();
    private readonly FakeModelServer _server;

    private protected StreamTests(FakeModelServer server) => _server = server;

    private protected ModelBench Bench => _bench;

    private protected abstract ModelDefinition Model { get; }

    public Task InitializeAsync() => _server.StartAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<Answer> CallAsync(FakeReply reply)
    {
        _server.Enqueue(reply);
        return _bench.CallAsync(Model);
    }
}
