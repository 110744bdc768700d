// How a provider's failures are told to the run: code, whether it may be tried again, and words that name the fix.
using System.Net;
using System.Net.Sockets;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using AgentFunctions.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class ModelFailureTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Secret = "sesame-0123456789";

    private readonly FakeTime _time = new();
    private readonly ModelBench _bench;
    private readonly FakeOpenAI _openAI = new();
    private readonly FakeAnthropic _anthropic = new();

    public ModelFailureTests() => _bench = new ModelBench(Secret, _time);

    public Task InitializeAsync() => Task.WhenAll(_openAI.StartAsync(), _anthropic.StartAsync());

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _openAI.DisposeAsync();
        await _anthropic.DisposeAsync();
    }

    private ModelDefinition OpenAI => ModelBench.OpenAI(_openAI.BaseUrl);

    private ModelDefinition Anthropic => ModelBench.Anthropic(_anthropic.BaseUrl);

    // Both providers must fail alike.
    private async Task<ModelException> FailAlikeAsync(Func<FakeReply> reply)
    {
        _openAI.Enqueue(reply());
        _anthropic.Enqueue(reply());
        var openAI = await _bench.FailAsync(OpenAI);
        var anthropic = await _bench.FailAsync(Anthropic);
        Assert.Equal((openAI.Code, openAI.Retryable, openAI.HttpStatus, openAI.RetryAfter), (anthropic.Code, anthropic.Retryable, anthropic.HttpStatus, anthropic.RetryAfter));
        Assert.Single(_openAI.Requests);
        Assert.Single(_anthropic.Requests);
        return openAI;
    }

    [Theory]
    [InlineData(400, RunErrorCodes.InvalidInput, false)]
    [InlineData(401, RunErrorCodes.InvalidConfig, false)]
    [InlineData(402, RunErrorCodes.RateLimit, false)]
    [InlineData(403, RunErrorCodes.InvalidConfig, false)]
    [InlineData(404, RunErrorCodes.InvalidConfig, false)]
    [InlineData(408, RunErrorCodes.ModelTimeout, true)]
    [InlineData(409, RunErrorCodes.ApiError, true)]
    [InlineData(413, RunErrorCodes.InvalidInput, false)]
    [InlineData(422, RunErrorCodes.InvalidInput, false)]
    [InlineData(429, RunErrorCodes.RateLimit, true)]
    [InlineData(500, RunErrorCodes.ApiError, true)]
    [InlineData(503, RunErrorCodes.ApiError, true)]
    [InlineData(529, RunErrorCodes.ApiError, true)]
    [InlineData(307, RunErrorCodes.InvalidConfig, false)]
    public async Task A_status_has_one_meaning_for_every_provider_and_is_asked_for_once(int status, string code, bool retryable)
    {
        var failure = await FailAlikeAsync(() => FakeReply.Error(status, """{"error":{"message":"the provider's words"}}""").Header("location", "http://127.0.0.1:1/"));

        Assert.Equal((code, retryable, status), (failure.Code, failure.Retryable, failure.HttpStatus));
        Assert.Contains("the provider's words", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_key_names_the_model_and_the_variable_but_never_the_key()
    {
        var failure = await FailAlikeAsync(() => FakeReply.Error(401, $$$"""{"error":{"message":"Incorrect API key provided: {{{Secret}}} or sk-proj-abcdef123456.","code":"invalid_api_key"}}"""));

        Assert.Contains("'fast'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(ModelBench.KeyVariable, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abcdef", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_error_is_cut()
    {
        var failure = await FailAlikeAsync(() => FakeReply.Error(400, new string('x', 100_000)));
        Assert.InRange(failure.Message.Length, 400, 700);
    }

    [Theory]
    [InlineData("retry-after", "7", 7)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("retry-after", "Thu, 01 Jan 2026 00:00:30 GMT", 30)]
    [InlineData("retry-after", "Wed, 31 Dec 2025 23:00:00 GMT", 0)]
    public async Task The_wait_that_the_provider_asks_for_is_kept(string header, string value, double seconds)
    {
        var failure = await FailAlikeAsync(() => FakeReply.Error(429, """{"error":{"message":"slow down"}}""").Header(header, value));
        Assert.Equal(TimeSpan.FromSeconds(seconds), failure.RetryAfter);
    }

    [Fact]
    public async Task A_used_up_quota_is_final()
    {
        var failure = await FailAlikeAsync(() => FakeReply.Error(429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}""").Header("retry-after", "5"));
        Assert.Equal((RunErrorCodes.RateLimit, false, null), (failure.Code, failure.Retryable, failure.RetryAfter));
    }

    [Fact]
    public async Task A_prompt_that_a_content_filter_refused_is_told_as_moderation()
    {
        var failure = await FailAlikeAsync(() => FakeReply.Error(400, """{"error":{"message":"filtered","code":"content_filter"}}"""));
        Assert.Equal((RunErrorCodes.ContentModeration, false), (failure.Code, failure.Retryable));
    }

    [Fact]
    public async Task A_refused_connection_may_be_tried_again()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        listener.Stop();

        foreach (var model in new[] { ModelBench.OpenAI(url), ModelBench.Anthropic(url) })
        {
            var failure = await _bench.FailAsync(model);
            Assert.Equal((RunErrorCodes.ApiError, true, null), (failure.Code, failure.Retryable, failure.HttpStatus));
        }
    }

    [Theory]
    [InlineData("broken")]
    [InlineData("ended")]
    [InlineData("not json")]
    public async Task A_stream_that_breaks_off_may_be_tried_again(string how)
    {
        FakeReply Cut(FakeReply reply) => how switch { "broken" => reply.Break(), "not json" => reply.Send("data: {\"cho\n\n", "data: [DONE]\n\n"), _ => reply };
        _openAI.Enqueue(Cut(FakeReply.Stream().Send(FakeOpenAI.Text("a"))));
        _anthropic.Enqueue(Cut(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "a"))));

        foreach (var model in new[] { OpenAI, Anthropic })
        {
            var failure = await _bench.FailAsync(model);
            Assert.Equal((RunErrorCodes.ApiError, true), (failure.Code, failure.Retryable));
        }
    }

    [Theory]
    [InlineData("overloaded_error", RunErrorCodes.ApiError, true)]
    [InlineData("api_error", RunErrorCodes.ApiError, true)]
    [InlineData("rate_limit_error", RunErrorCodes.RateLimit, true)]
    [InlineData("timeout_error", RunErrorCodes.ModelTimeout, true)]
    [InlineData("invalid_request_error", RunErrorCodes.InvalidInput, false)]
    [InlineData("authentication_error", RunErrorCodes.InvalidConfig, false)]
    [InlineData("billing_error", RunErrorCodes.RateLimit, false)]
    public async Task An_error_inside_a_stream_is_classified_by_its_type(string type, string code, bool retryable)
    {
        _openAI.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Text("a"), $$$"""data: {"error":{"type":"{{{type}}}","message":"words"}}""" + "\n\n", FakeOpenAI.Done));
        _anthropic.Enqueue(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "a")).Send(FakeAnthropic.Error(type, "words")));

        foreach (var model in new[] { OpenAI, Anthropic })
        {
            var failure = await _bench.FailAsync(model);
            Assert.Equal((code, retryable, null), (failure.Code, failure.Retryable, failure.HttpStatus));
            Assert.Contains("words", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_status_as_the_code_of_an_error_in_a_stream_counts_as_that_status()
    {
        _openAI.Enqueue(FakeReply.Stream().Send("data: {\"error\":{\"code\":429,\"message\":\"upstream\"},\"choices\":[]}\n\n"));
        Assert.Equal(RunErrorCodes.RateLimit, (await _bench.FailAsync(OpenAI)).Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silence_for_the_time_out_ends_the_call(bool afterTheFirstToken)
    {
        FakeReply Silent(params string[] first) => afterTheFirstToken ? FakeReply.Stream().Send(first).Hang() : FakeReply.Stream().Hang();
        _openAI.Enqueue(Silent(FakeOpenAI.Text("a")));
        _anthropic.Enqueue(Silent([FakeAnthropic.Start(), .. FakeAnthropic.TextBlock(0, "a")]));

        foreach (var model in new[] { OpenAI, Anthropic })
        {
            var call = _bench.FailAsync(model with { TimeoutSeconds = 20 });
            await PassTimeUntilDoneAsync(call);
            var failure = await call;
            Assert.Equal((RunErrorCodes.ModelTimeout, true), (failure.Code, failure.Retryable));
            Assert.Contains("timeout_seconds", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Comments_keep_a_slow_answer_alive()
    {
        var gates = new[] { new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource() };
        _openAI.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Text("a"))
            .Gate(gates[0].Task).Send(": alive\n\n", FakeOpenAI.Text("b"))
            .Gate(gates[1].Task).Send(": alive\n\n", FakeOpenAI.Text("c"))
            .Gate(gates[2].Task).Send(FakeOpenAI.Finish("stop"), FakeOpenAI.Done));
        await using var updates = _bench.Stream(OpenAI with { TimeoutSeconds = 20 }, cancellationToken: ModelBench.Soon).GetAsyncEnumerator();

        Assert.True(await updates.MoveNextAsync());
        foreach (var gate in gates)
        {
            var next = updates.MoveNextAsync();
            _time.Advance(TimeSpan.FromSeconds(15));
            gate.SetResult();
            Assert.True(await next);
        }
    }

    [Fact]
    public async Task Cancelling_is_no_failure_of_the_model_and_reaches_the_server()
    {
        foreach (var (model, server) in new (ModelDefinition, FakeModelServer)[] { (OpenAI, _openAI), (Anthropic, _anthropic) })
        {
            var gone = new TaskCompletionSource();
            server.Enqueue(FakeReply.Stream().Send(server == _openAI ? [FakeOpenAI.Text("a")] : [FakeAnthropic.Start(), .. FakeAnthropic.TextBlock(0, "a")]).HangUntilGone(gone));
            using var cancel = new CancellationTokenSource();
            await using var updates = _bench.Stream(model, cancellationToken: cancel.Token).GetAsyncEnumerator();
            Assert.True(await updates.MoveNextAsync());

            var next = updates.MoveNextAsync().AsTask();
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                // What was used until now is still told.
                if (await next)
                    await updates.MoveNextAsync();
            });
            await gone.Task.WaitAsync(ModelBench.Soon);
        }
    }

    [Fact]
    public async Task A_call_cancelled_before_any_answer_is_cancelled_not_failed()
    {
        foreach (var (model, server) in new (ModelDefinition, FakeModelServer)[] { (OpenAI, _openAI), (Anthropic, _anthropic) })
        {
            using var cancel = new CancellationTokenSource();
            server.Respond = _ =>
            {
                cancel.Cancel();
                return FakeReply.Stream().Hang();
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _bench.Clients.Get(model).GetResponseAsync([new ChatMessage(ChatRole.User, "a")], cancellationToken: cancel.Token));
        }
    }

    private async Task PassTimeUntilDoneAsync(Task call)
    {
        var giveUp = ModelBench.Soon;
        while (!call.IsCompleted)
        {
            giveUp.ThrowIfCancellationRequested();
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
    }
}
