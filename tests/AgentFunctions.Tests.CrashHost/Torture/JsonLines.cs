using System.Text.Json;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>A file with one JSON value a line.</summary>
internal sealed class JsonLines<T>(string path) : IDisposable
{
    private readonly StreamWriter _file = new(path) { AutoFlush = true };
    private readonly Lock _lock = new(); // one line at a time

    public void Add(T value)
    {
        var line = JsonSerializer.Serialize(value);
        lock (_lock)
            _file.WriteLine(line);
    }

    public void Dispose() => _file.Dispose();

    public static List<T> Read(string path) => [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<T>(line)!)];
}
