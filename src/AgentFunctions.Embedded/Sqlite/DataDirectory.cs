using System.Diagnostics;
using System.Text.Json;

namespace AgentFunctions.Embedded.Sqlite;

/// <summary>
/// Exclusive ownership of a data folder. Two engines on one folder would each run every work item, so the second is refused.
/// </summary>
/// <remarks>The lock is the operating system's: it goes with the process, however the process ends.</remarks>
public sealed class DataDirectory : IDisposable
{
    private const string LockFile = ".lock";
    private const string OwnerFile = ".owner.json"; // beside the lock, which nobody else can read while it is held

    // What opening a file gives that somebody else holds: EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] _taken = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Creates the folder if it is missing and takes it.</summary>
    /// <param name="url">Where the owner listens, shown to whoever finds the folder taken.</param>
    /// <exception cref="DataDirectoryInUseException">Another process, or another host in this one, owns the folder.</exception>
    /// <exception cref="StorageException">The folder cannot be written.</exception>
    public static DataDirectory Open(string path, TimeProvider time, string? url = null)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(path);
            var held = new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return Own(path, held, time, url);
        }
        catch (IOException e) when (_taken.Contains(e.HResult))
        {
            throw new DataDirectoryInUseException(path, ReadOwner(path), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"The data folder {path} takes no files: {e.Message} Make it writable for this user and free some space, or choose another folder with --data.", e);
        }
    }

    /// <summary>The full path of a file in the folder.</summary>
    public string PathOf(string fileName) => System.IO.Path.Combine(Path, fileName);

    /// <summary>Lets the folder go.</summary>
    public void Dispose()
    {
        File.Delete(System.IO.Path.Combine(Path, OwnerFile));
        _lock.Dispose();
    }

    private static DataDirectory Own(string path, FileStream held, TimeProvider time, string? url)
    {
        try
        {
            using var self = Process.GetCurrentProcess();
            var owner = new DataDirectoryOwner(Environment.ProcessId, self.ProcessName, time.GetUtcNow(), url);
            File.WriteAllText(System.IO.Path.Combine(path, OwnerFile), JsonSerializer.Serialize(owner));
            return new DataDirectory(path, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static DataDirectoryOwner? ReadOwner(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<DataDirectoryOwner>(File.ReadAllText(System.IO.Path.Combine(path, OwnerFile)));
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null; // the owner is just starting or stopping: the refusal stands without the details
        }
    }
}

/// <summary>Who owns a data folder.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="Process">Process name.</param>
/// <param name="Since">When it took the folder.</param>
/// <param name="Url">Where it listens, if it said so.</param>
public sealed record DataDirectoryOwner(int Pid, string Process, DateTimeOffset Since, string? Url);

/// <summary>A data folder is owned by another process; the message names it, since when, and what to do.</summary>
public sealed class DataDirectoryInUseException(string path, DataDirectoryOwner? owner, Exception inner)
    : Exception(Describe(path, owner), inner)
{
    /// <summary>The owner, or null if it had not written who it is.</summary>
    public DataDirectoryOwner? Owner { get; } = owner;

    private static string Describe(string path, DataDirectoryOwner? owner)
    {
        var who = owner is null
            ? "another process"
            : $"process {owner.Pid} ({owner.Process}{(owner.Url is null ? "" : $", {owner.Url}")}) since {owner.Since:u}";
        return $"The data folder {path} is in use by {who}. Stop that process, or choose another folder with --data.";
    }
}
