// Calls wait for their turn under a model's own rate limit, on a clock that the test moves.
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class RateLimitTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly ModelBench _bench;

    public RateLimitTests() => _bench = new ModelBench(time: _time);

    public void Dispose() => _bench.Dispose();

    private static ModelDefinition Model(RateLimit limit, params ScriptRule[] script) => new()
    {
        Key = "demo",
        Provider = "scripted",
        Model = "scripted",
        RateLimit = limit,
        Script = script.Length > 0 ? script : [new ScriptRule { Say = "1234" }],
    };

    [Fact]
    public async Task The_call_after_the_last_allowed_one_waits_until_the_minute_has_refilled_it()
    {
        var model = Model(new RateLimit(RequestsPerMinute: 2));
        await _bench.CallAsync(model);
        await _bench.CallAsync(model);

        var third = _bench.CallAsync(model);
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("1234", (await third.WaitAsync(TimeSpan.FromSeconds(30))).Text);
    }

    [Fact]
    public async Task Those_who_wait_pass_in_their_order()
    {
        var model = Model(new RateLimit(RequestsPerMinute: 1));
        await _bench.CallAsync(model);

        var second = _bench.CallAsync(model);
        var third = _bench.CallAsync(model);
        _time.Advance(TimeSpan.FromMinutes(1));
        await second.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));

        await third.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_call_that_would_wait_longer_than_the_time_out_is_refused_and_takes_nothing()
    {
        var model = Model(new RateLimit(RequestsPerMinute: 1)) with { TimeoutSeconds = 50 };
        await _bench.CallAsync(model);

        var refused = await _bench.FailAsync(model);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((RunErrorCodes.RateLimit, true, TimeSpan.FromMinutes(1)), (refused.Code, refused.Retryable, refused.RetryAfter));
        Assert.Contains("rate_limit.requests_per_minute", refused.Message, StringComparison.Ordinal);
        Assert.Equal("1234", (await _bench.CallAsync(model)).Text);
    }

    [Fact]
    public async Task Tokens_count_as_reported_not_as_estimated()
    {
        // The question is estimated at 2 tokens; question and answer use 2 + 58.
        var model = Model(new RateLimit(TokensPerMinute: 60), new ScriptRule { Say = new string('x', 4 * 58) });
        await _bench.CallAsync(model);

        var second = _bench.CallAsync(model);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        await second.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_call_refused_for_its_tokens_leaves_its_request_to_the_next()
    {
        var model = Model(new RateLimit(RequestsPerMinute: 1, TokensPerMinute: 60)) with { TimeoutSeconds = 5 };

        var refused = await Assert.ThrowsAsync<ModelException>(() => _bench.CallAsync(model, Message.User(new string('x', 4 * 120))));

        Assert.Contains("rate_limit.tokens_per_minute", refused.Message, StringComparison.Ordinal);
        Assert.Equal("1234", (await _bench.CallAsync(model)).Text);
    }

    [Fact]
    public async Task As_many_calls_as_allowed_are_under_way_and_the_next_begins_when_one_ends()
    {
        var model = Model(new RateLimit(Concurrent: 1), new ScriptRule { Say = "one" });
        await using var first = _bench.Stream(model, cancellationToken: ModelBench.Soon).GetAsyncEnumerator();
        Assert.True(await first.MoveNextAsync());

        var second = _bench.CallAsync(model);
        Assert.False(second.IsCompleted);
        while (await first.MoveNextAsync())
        {
        }

        Assert.Equal("one", (await second.WaitAsync(TimeSpan.FromSeconds(30))).Text);
    }

    [Fact]
    public async Task A_place_that_never_gets_free_is_waited_for_no_longer_than_the_time_out()
    {
        var model = Model(new RateLimit(Concurrent: 1)) with { TimeoutSeconds = 5 };
        await using var first = _bench.Stream(model, cancellationToken: ModelBench.Soon).GetAsyncEnumerator();
        await first.MoveNextAsync();

        var second = _bench.FailAsync(model);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Contains("rate_limit.concurrent", (await second.WaitAsync(TimeSpan.FromSeconds(30))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_and_frees_the_place()
    {
        using var cancel = new CancellationTokenSource();
        var model = Model(new RateLimit(RequestsPerMinute: 1, Concurrent: 1));
        await _bench.CallAsync(model);
        await using var waiting = _bench.Stream(model, cancellationToken: cancel.Token).GetAsyncEnumerator();
        var next = waiting.MoveNextAsync().AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);

        var after = _bench.CallAsync(model);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("1234", (await after.WaitAsync(TimeSpan.FromSeconds(30))).Text);
    }

    [Fact]
    public async Task Agents_that_set_the_same_model_differently_share_its_limit()
    {
        var model = Model(new RateLimit(RequestsPerMinute: 1)) with { TimeoutSeconds = 1 };
        await _bench.CallAsync(model);

        await _bench.FailAsync(model with { Temperature = 0.1, MaxTokens = 5 });
    }

    [Fact]
    public async Task Images_are_counted_by_a_scripted_model_and_not_looked_at()
    {
        var answer = await _bench.CallAsync(
            Model(new RateLimit()), new Message { Role = "user", Parts = [MessagePart.OfText("1234"), MessagePart.OfImage("image/png", "aGVsbG8=")] });

        Assert.Equal(251, answer.Usage.InputTokenCount);
    }
}
