// Server-sent events on a clock of ours: frames, heartbeats, and the end.
using System.IO.Pipelines;
using System.Text;
using AgentFunctions.Http;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Moq;

namespace AgentFunctions.Tests.Runs;

public sealed class EventStreamTests : IAsyncLifetime
{
    private readonly RunServices _services = new(TimeProvider.System);
    private readonly SteppedTime _time = new();
    private readonly Mock<IHostApplicationLifetime> _lifetime = new();
    private readonly Pipe _pipe = new();
    private readonly StringBuilder _received = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _services.DisposeAsync();

    [Fact]
    public async Task A_silent_stream_is_kept_alive_every_15_seconds_and_loses_nothing_by_it()
    {
        var run = Samples.Run("run_1");
        await _services.Runs.CreateAsync(run, [Samples.Event(RunEventTypes.RunStart)], []);
        var stream = new EventStream(_services.Get<RunEventFeed>(), _lifetime.Object, _time);
        var context = new DefaultHttpContext();
        context.Response.Body = _pipe.Writer.AsStream();
        var written = stream.Of(run, EventFilter.Parse(context.Request), after: 0).ExecuteAsync(context);

        await ReceiveAsync("event: run_start");
        Assert.Equal(TimeSpan.FromSeconds(15), await _time.PassNextWaitAsync());
        await ReceiveAsync(": keep-alive\n\n");
        await _services.Runs.AppendEventsAsync(run.RunId, [Samples.Event(RunEventTypes.Complete)]);
        await ReceiveAsync("id: 2\nevent: complete\n");

        await written.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("text/event-stream", context.Response.ContentType);
    }

    private async Task ReceiveAsync(string expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!_received.ToString().Contains(expected, StringComparison.Ordinal))
        {
            var read = await _pipe.Reader.ReadAsync(limit.Token);
            foreach (var segment in read.Buffer)
                _received.Append(Encoding.UTF8.GetString(segment.Span));
            _pipe.Reader.AdvanceTo(read.Buffer.End);
            Assert.False(read.IsCompleted && !_received.ToString().Contains(expected, StringComparison.Ordinal), _received.ToString());
        }
    }
}
