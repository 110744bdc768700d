using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Tests.Worker;

/// <summary>Small semantics of the Durable Task types that apps rely on.</summary>
public sealed class ContractTests
{
    private sealed class SpecialException(string message) : InvalidOperationException(message);

    [Fact]
    public void Failure_details_name_the_exception_and_its_causes_and_know_their_base_types()
    {
        var details = TaskFailureDetails.FromException(new SpecialException("outer"));
        Assert.Equal("AgentFunctions.Tests.Worker.ContractTests+SpecialException: outer", details.ToString());
        Assert.True(details.IsCausedBy<InvalidOperationException>());
        Assert.False(details.IsCausedBy<ArgumentException>());
        Assert.False((details with { ErrorType = "No.Such.Type" }).IsCausedBy<Exception>());
        var wrapped = TaskFailureDetails.FromException(new AggregateException("outer", new ArgumentException("inner")));
        Assert.True(wrapped.InnerFailure!.IsCausedBy<ArgumentException>());
    }

    [Fact]
    public void An_entity_id_has_a_lower_case_name_and_is_text_in_JSON()
    {
        var id = new EntityInstanceId("Session", "Key@1");
        Assert.Equal("@session@Key@1", id.ToString());
        Assert.Equal(id, EntityInstanceId.FromString("@SESSION@Key@1"));
        Assert.Equal("\"@session@Key@1\"", JsonSerializer.Serialize(id));
        Assert.Equal(id, JsonSerializer.Deserialize<EntityInstanceId>("\"@session@Key@1\""));
        Assert.Throws<ArgumentException>(() => EntityInstanceId.FromString("session@key"));
        Assert.Throws<ArgumentException>(() => EntityInstanceId.FromString("@session"));
        Assert.Throws<ArgumentException>(() => new EntityInstanceId("a@b", "key"));
    }

    [Theory]
    [InlineData("Counter", "@counter")]
    [InlineData("@Counter@Key", "@counter@Key")]
    [InlineData("", "@")]
    public void An_entity_query_normalizes_its_prefix(string prefix, string expected) =>
        Assert.Equal(expected, new EntityQuery { InstanceIdStartsWith = prefix }.InstanceIdStartsWith);

    [Fact]
    public void A_retry_policy_refuses_what_makes_no_sense()
    {
        var second = TimeSpan.FromSeconds(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(0, second));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, second, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, second, 1, second / 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryPolicy(1, second, 1, null, second / 2));
        Assert.Equal(TimeSpan.FromHours(1), new RetryPolicy(1, second, 1, null, Timeout.InfiniteTimeSpan).MaxRetryInterval);
    }

    [Fact]
    public void Names_and_versions_compare_without_case()
    {
        Assert.Equal(new TaskName("Run"), new TaskName("RUN"));
        Assert.Equal(default, new TaskVersion(""));
        Assert.Throws<ArgumentException>(() => new TaskVersion(" "));
    }

    [Fact]
    public void Dedupe_statuses_are_kept_by_name()
    {
        var options = new StartOrchestrationOptions("id").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed);
        Assert.Equal(["Completed", "Failed"], options.DedupeStatuses!);
        Assert.Equal("id", options.InstanceId);
    }

    [Fact]
    public void Outputs_can_only_be_read_if_they_were_fetched()
    {
        var metadata = new OrchestrationMetadata("name", "id") { SerializedOutput = "42" };
        var failure = Assert.Throws<InvalidOperationException>(() => metadata.ReadOutputAs<int>());
        Assert.Contains("getInputsAndOutputs: true", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entity_is_written_as_JSON_with_its_id_as_text_and_its_state()
    {
        var entity = new EntityMetadata<int>(new EntityInstanceId("Counter", "a"), 7) { LastModifiedTime = DateTimeOffset.UnixEpoch };
        Assert.Equal(
            """{"id":"@counter@a","lastModifiedTime":"1970-01-01T00:00:00+00:00","state":7}""",
            JsonSerializer.Serialize(entity, JsonSerializerOptions.Web));
        Assert.Throws<InvalidOperationException>(() => new EntityMetadata(new EntityInstanceId("Counter", "a")).State);
    }

    [Fact]
    public async Task A_pageable_follows_continuation_tokens()
    {
        var pageable = Pageable.Create<int>((token, _) => Task.FromResult(
            token is null ? new Page<int>([1, 2], "more") : new Page<int>([3])));
        var values = new List<int>();
        await foreach (var value in pageable)
            values.Add(value);
        Assert.Equal([1, 2, 3], values);
    }
}
