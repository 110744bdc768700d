// Where the `traces` commands ask: a running server, or one of their own on the data folder.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Http;

namespace AgentFunctions.Local.Cli;

/// <summary>
/// The server at the given address when one answers there, else the one that holds the data folder, else a server for this
/// command alone that only reads and writes traces: it resumes no run.
/// </summary>
internal sealed class TracesServer : IAsyncDisposable
{
    private static readonly Type[] _endpoints = [typeof(TraceEndpoints), typeof(TraceFileEndpoints), typeof(SpanEndpoints), typeof(StatsEndpoints)];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly LocalHost? _own;

    private TracesServer(Uri address, LocalHost? own)
    {
        _own = own;
        // Exports and imports take as long as they take.
        Http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Http { get; }

    /// <param name="options">Its addresses count only when <paramref name="named"/> says that the user gave them.</param>
    public static async Task<TracesServer> OpenAsync(ServeOptions options, bool named, CancellationToken cancellationToken)
    {
        if (named && Uri.TryCreate(options.Urls.Split(';')[0], UriKind.Absolute, out var address) && await AnswersAsync(address, cancellationToken))
            return new TracesServer(address, null);
        try
        {
            var own = await LocalHost.StartAsync(options with { Urls = "http://127.0.0.1:0" }, quiet: true, cancellationToken, _endpoints);
            return new TracesServer(own.Address, own);
        }
        catch (DataDirectoryInUseException e) when (e.Owner?.Url is { } running)
        {
            return new TracesServer(new Uri(running), null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_own is not null)
            await _own.DisposeAsync();
    }

    private static async Task<bool> AnswersAsync(Uri address, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = _patience };
        try
        {
            using var response = await http.GetAsync(new Uri(address, "/api/v1/traces?limit=1"), cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
