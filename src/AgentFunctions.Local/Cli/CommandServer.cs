// Where commands ask: a running server, or one of their own on the data folder.
using AgentFunctions.Embedded.Sqlite;

namespace AgentFunctions.Local.Cli;

/// <summary>
/// The server at the given address when one answers there, else the one that holds the data folder, else a server for this
/// command alone.
/// </summary>
internal sealed class CommandServer : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private readonly LocalHost? _own;

    private CommandServer(Uri address, LocalHost? own)
    {
        _own = own;
        // Streams, exports and imports take as long as they take.
        Http = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Http { get; }

    /// <param name="options">Its addresses count only when <paramref name="named"/> says that the user gave them.</param>
    /// <param name="functions">All that a server of the command's own has; none for every function of the app.</param>
    public static async Task<CommandServer> OpenAsync(ServeOptions options, bool named, CancellationToken cancellationToken, params Type[] functions)
    {
        if (named && Uri.TryCreate(options.Urls.Split(';')[0], UriKind.Absolute, out var address) && await AnswersAsync(address, cancellationToken))
            return new CommandServer(address, null);
        try
        {
            var own = await LocalHost.StartAsync(options with { Urls = "http://127.0.0.1:0" }, quiet: true, cancellationToken, functions);
            return new CommandServer(own.Address, own);
        }
        catch (DataDirectoryInUseException e) when (e.Owner?.Url is { } running)
        {
            return new CommandServer(new Uri(running), null);
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
            using var response = await http.GetAsync(new Uri(address, "/healthz"), cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
