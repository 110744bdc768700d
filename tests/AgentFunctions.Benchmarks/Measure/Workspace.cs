namespace AgentFunctions.Benchmarks.Measure;

/// <summary>A folder for one round's files; it goes with the round.</summary>
/// <param name="parent">Where to make it; null for the system's temporary folder.</param>
internal sealed class Workspace(string? parent = null) : IDisposable
{
    public string Path { get; } = Directory.CreateDirectory(
        System.IO.Path.Combine(parent ?? System.IO.Path.GetTempPath(), "agentfunctions-" + System.IO.Path.GetRandomFileName())).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
