// A data folder that takes no files: the start is refused in one sentence that says so and what to do.
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Faults;

public sealed class UnusableFolderTests
{
    [Fact]
    public void A_folder_that_cannot_be_made_is_no_folder_in_use()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");

        var refusal = Assert.Throws<StorageException>(() => DataDirectory.Open(folder.File("file/data"), TimeProvider.System));

        Assert.Contains("Make it writable", refusal.Message, StringComparison.Ordinal);
    }
}

/// <summary>With a disk that is read-only or full from the beginning.</summary>
[RequiresSmallDisk]
public sealed class UnusableDiskTests : IDisposable
{
    private readonly SmallDisk _disk = new();

    public void Dispose() => _disk.Dispose();

    [Fact]
    public async Task A_server_on_a_read_only_folder_says_so_and_ends()
    {
        _disk.MakeReadOnly();

        var (exitCode, output) = await ServeAsync();

        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"The data folder {_disk.Path} takes no files: Read-only file system : '{_disk.Path}/.lock' "
            + "Make it writable for this user and free some space, or choose another folder with --data.",
            output.Trim());
    }

    [Fact]
    public async Task A_server_on_a_full_disk_says_so_and_ends_and_starts_when_there_is_space()
    {
        _disk.Fill();

        var (exitCode, output) = await ServeAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains("free some space", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        _disk.Free();
        await using var app = await AppProcess.StartAsync(_disk.Path);
        Assert.True((await app.Http.GetAsync("/readyz")).IsSuccessStatusCode);
    }

    private Task<(int ExitCode, string Output)> ServeAsync() =>
        AppProcess.RunToEndAsync(["serve", "--data", _disk.Path, "--urls", "http://127.0.0.1:0"]);
}
