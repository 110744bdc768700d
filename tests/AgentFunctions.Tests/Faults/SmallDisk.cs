using System.Diagnostics;

namespace AgentFunctions.Tests.Faults;

/// <summary>A disk of a few megabytes, in memory: a tmpfs, so that a full or read-only disk is the real thing.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("agentfunctions-disk-");

    public SmallDisk(int megabytes = 8) => Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);

    public string Path => _folder.FullName;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Takes every byte that is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                filler.Write(block);
            }
        }
        catch (IOException)
        {
            // full
        }
    }

    public void Free() => File.Delete(Filler);

    /// <summary>No file on it may be open.</summary>
    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        _folder.Delete();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }
}

/// <summary>Marks tests that mount a <see cref="SmallDisk"/>: only root may, and a container may not allow it to root either.</summary>
public sealed class RequiresSmallDiskAttribute : RequiresComponentAttribute
{
    private static readonly Lazy<string?> _reason = new(() =>
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "Only root on Linux may mount the tmpfs that this test fills.";
        }
        try
        {
            using var disk = new SmallDisk(1);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"A tmpfs cannot be mounted here: {e.Message}";
        }
    });

    public override string? MissingReason => _reason.Value;
}
