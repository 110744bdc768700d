// One searched folder: its index follows its files.
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Tools.Retrieval;

/// <summary>Thread-safe: one search or refresh at a time. A file counts as changed when its time or its length did.</summary>
internal sealed partial class DocumentFolder(RetrievalDefinition definition, TimeProvider time, ILogger logger) : IDisposable
{
    public const int LargestFile = 4 * 1024 * 1024;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, FileState> _files = [];
    private SearchIndex? _index;
    private long? _lastLook;

    public Task ReadAsync(CancellationToken cancellationToken) => WithIndexAsync(_ => true, cancellationToken);

    public Task<IReadOnlyList<FoundDocument>> SearchAsync(string query, int k, CancellationToken cancellationToken) =>
        WithIndexAsync(index => index.Search(query, k), cancellationToken);

    public void Dispose() => _index?.Dispose();

    private async Task<T> WithIndexAsync<T>(Func<SearchIndex, T> use, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _index ??= new SearchIndex();
            if (_lastLook is null || time.GetElapsedTime(_lastLook.Value) >= definition.Refresh)
                await RefreshAsync(_index, cancellationToken);
            return use(_index);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task RefreshAsync(SearchIndex index, CancellationToken cancellationToken)
    {
        var present = Find();
        var changed = present.Where(file => !_files.TryGetValue(file.Key, out var known) || known != file.Value).ToList();
        var gone = _files.Keys.Except(present.Keys).ToList();
        foreach (var (path, state) in changed)
            await ReadAsync(index, path, state, cancellationToken);
        foreach (var path in gone)
            Forget(index, path);
        _lastLook = time.GetTimestamp();
        if (changed.Count + gone.Count > 0)
            LogRefreshed(logger, definition.Name, changed.Count, gone.Count, _files.Count);
    }

    private Dictionary<string, FileState> Find()
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(definition.Globs);
        var found = new Dictionary<string, FileState>();
        foreach (var file in matcher.GetResultsInFullPath(definition.Folder).Select(path => new FileInfo(path)))
        {
            if (file.Exists)
                found[Path.GetRelativePath(definition.Folder, file.FullName).Replace('\\', '/')] = new FileState(file.LastWriteTimeUtc, file.Length);
        }

        return found;
    }

    private async Task ReadAsync(SearchIndex index, string path, FileState state, CancellationToken cancellationToken)
    {
        Forget(index, path);
        try
        {
            if (state.Length > LargestFile)
                throw new IOException($"it has {state.Length} bytes, more than {LargestFile}");
            var text = await File.ReadAllTextAsync(Path.Combine(definition.Folder, path), cancellationToken);
            index.Add(path, DocumentText.Read(path, text, definition.ChunkCharacters));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnread(logger, definition.Name, path, e.Message);
        }

        _files[path] = state;
    }

    private void Forget(SearchIndex index, string path)
    {
        if (_files.Remove(path))
            index.Remove(path);
    }

    private sealed record FileState(DateTime Written, long Length);

    [LoggerMessage(1371, LogLevel.Information, "Retrieval {Source}: read {Changed} files and dropped {Gone}; {Count} are searched")]
    private static partial void LogRefreshed(ILogger logger, string source, int changed, int gone, int count);

    [LoggerMessage(1372, LogLevel.Warning, "Retrieval {Source}: {Path} is not searched, {Reason}")]
    private static partial void LogUnread(ILogger logger, string source, string path, string reason);
}
