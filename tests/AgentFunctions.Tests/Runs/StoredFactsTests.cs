// The bytes that outlive a version: what an activity's facts look like in history and in the run store.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Tests.Runs;

public sealed class StoredFactsTests
{
    private static readonly ModelStepResult _result = new()
    {
        Step = 1,
        Attempt = 2,
        Status = ModelStepStatus.Retryable,
        StartedAt = DateTimeOffset.UnixEpoch,
        EndedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_status_is_stored_as_a_word_in_the_history_and_in_the_run_store()
    {
        Assert.Contains("\"Status\":\"Retryable\"", JsonSerializer.Serialize(_result));
        Assert.Contains("\"status\":\"retryable\"", AgentJson.Serialize(_result));
    }

    [Fact]
    public void A_status_that_was_stored_as_a_number_is_still_read()
    {
        const string Stored = """{"Step":1,"Attempt":2,"Status":1,"StartedAt":"1970-01-01T00:00:00+00:00","EndedAt":"1970-01-01T00:00:00+00:00"}""";
        Assert.Equal(ModelStepStatus.Retryable, JsonSerializer.Deserialize<ModelStepResult>(Stored)!.Status);
    }
}
