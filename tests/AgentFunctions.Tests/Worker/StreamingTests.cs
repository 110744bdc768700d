using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Worker;

/// <summary>Responses that are sent while the function runs, and what tells it to stop.</summary>
public sealed class StreamingTests
{
    public sealed class Feed
    {
        public Channel<string> Lines { get; } = Channel.CreateUnbounded<string>();

        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public sealed class Samples(Feed feed)
    {
        [Function("Stream")]
        public async Task Stream([HttpTrigger("get")] HttpRequest request, CancellationToken cancellation)
        {
            var response = request.HttpContext.Response;
            response.ContentType = "text/event-stream";
            try
            {
                await foreach (var line in feed.Lines.Reader.ReadAllAsync(cancellation))
                {
                    await response.WriteAsync($"data: {line}\n\n", cancellation);
                    await response.Body.FlushAsync(cancellation);
                }
            }
            catch (OperationCanceledException)
            {
                feed.Stopped.SetResult();
                throw;
            }
        }
    }

    private readonly Feed _feed = new();

    private Task<FunctionsHost> StartAsync()
    {
        var builder = FunctionsHost.Builder(typeof(Samples));
        builder.Services.AddSingleton(_feed);
        return FunctionsHost.StartAsync(builder);
    }

    [Fact]
    public async Task Each_flushed_line_reaches_the_client_while_the_function_still_runs()
    {
        await using var host = await StartAsync();
        _feed.Lines.Writer.TryWrite("first");
        await using var stream = await host.Client.GetStreamAsync("/stream");
        using var reader = new StreamReader(stream);
        Assert.Equal("data: first", await ReadAsync(reader));
        Assert.Equal("", await ReadAsync(reader));

        _feed.Lines.Writer.TryWrite("second");
        Assert.Equal("data: second", await ReadAsync(reader));
        _feed.Lines.Writer.Complete();
        Assert.Equal("", await ReadAsync(reader));
        Assert.Null(await ReadAsync(reader));
    }

    [Fact]
    public async Task The_function_is_cancelled_when_the_client_goes_away()
    {
        await using var host = await StartAsync();
        _feed.Lines.Writer.TryWrite("first");
        var stream = await host.Client.GetStreamAsync("/stream");
        await stream.DisposeAsync();
        await _feed.Stopped.Task.WaitAsync(FunctionsHost.Patience);
    }

    [Fact]
    public async Task The_function_is_cancelled_when_the_host_stops()
    {
        await using var host = await StartAsync();
        _feed.Lines.Writer.TryWrite("first");
        await using var stream = await host.Client.GetStreamAsync("/stream");
        var stopping = host.StopAsync();
        await _feed.Stopped.Task.WaitAsync(FunctionsHost.Patience);
        await stopping.WaitAsync(FunctionsHost.Patience);
    }

    private static Task<string?> ReadAsync(StreamReader reader) => reader.ReadLineAsync().WaitAsync(FunctionsHost.Patience);
}
