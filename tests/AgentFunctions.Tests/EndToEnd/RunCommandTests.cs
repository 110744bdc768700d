// `run` in the terminal: on the server that was named, and on one of its own.
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class RunCommandTests(SampleApp sample) : IClassFixture<SampleApp>
{
    [Fact]
    public async Task A_run_happens_on_the_server_that_answers_at_the_given_address()
    {
        using var folder = new TempFolder();
        var (exitCode, output) = await AppProcess.RunToEndAsync(
            ["run", "weather", "in Oslo", "--data", folder.Path, "--urls", sample.Http.BaseAddress!.ToString()]);

        Assert.Equal(0, exitCode);
        var runs = await sample.Http.GetFromJsonAsync<JsonObject>("/api/v1/runs?agent_id=weather&limit=1");
        Assert.Contains((string)runs!["data"]![0]!["run_id"]!, output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Where_nothing_answers_a_run_has_a_server_of_its_own()
    {
        using var folder = new TempFolder();
        var (exitCode, output) = await AppProcess.RunToEndAsync(["run", "weather", "in Oslo", "--data", folder.Path, "--urls", "http://127.0.0.1:9"]);

        Assert.Equal(0, exitCode);
        Assert.Contains("execute_tool get_weather", output);
        Assert.True(File.Exists(Path.Combine(folder.Path, "traces.db")));
    }
}
