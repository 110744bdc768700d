using AgentFunctions.Embedded.Sqlite;

namespace AgentFunctions.Tests.Engine;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_opener_is_refused_and_told_who_owns_the_folder()
    {
        using var owner = DataDirectory.Open(_folder.Path, TimeProvider.System, "http://127.0.0.1:7071");
        var refusal = Assert.Throws<DataDirectoryInUseException>(() => DataDirectory.Open(_folder.Path, TimeProvider.System));

        Assert.Equal(Environment.ProcessId, refusal.Owner!.Pid);
        Assert.Contains(_folder.Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:7071", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--data", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_was_let_go_can_be_taken_again()
    {
        DataDirectory.Open(_folder.Path, TimeProvider.System).Dispose();
        using var next = DataDirectory.Open(_folder.Path, TimeProvider.System);
        Assert.Equal(_folder.File("state.db"), next.PathOf("state.db"));
    }

    [Fact]
    public void The_owner_left_behind_by_a_dead_process_does_not_block_the_next()
    {
        File.WriteAllText(_folder.File(".lock"), "");
        File.WriteAllText(_folder.File(".owner.json"), """{"Pid":1,"Process":"gone","Since":"2026-01-01T00:00:00Z","Url":null}""");
        using var next = DataDirectory.Open(_folder.Path, TimeProvider.System);
        Assert.Contains(Environment.ProcessId.ToString(), File.ReadAllText(_folder.File(".owner.json")), StringComparison.Ordinal);
    }
}
