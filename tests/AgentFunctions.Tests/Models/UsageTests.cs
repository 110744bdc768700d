// What one answer used, from the usage as each provider puts it on the wire.
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class OpenAIUsageTests : StreamTests
{
    private readonly FakeOpenAI _server;

    public OpenAIUsageTests()
        : this(new FakeOpenAI())
    {
    }

    private OpenAIUsageTests(FakeOpenAI server)
        : base(server) => _server = server;

    private protected override ModelDefinition Model => ModelBench.OpenAI(_server.BaseUrl);

    /// <summary>A provider, the members that its chunks have besides text, and the tokens: prompt, completion, reasoning, cached, written.</summary>
    public static TheoryData<string, string[], long[]> Streams => new()
    {
        {
            "OpenAI: once, after the last text",
            ["""
                "usage":null
                """,
             """
                "choices":[],"usage":{"prompt_tokens":1200,"completion_tokens":310,"total_tokens":1510,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":256,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
                """],
            [1200, 310, 256, 1024, 0]
        },
        {
            "OpenAI from GPT-5.6 on: cache writes are told",
            ["""
                "choices":[],"usage":{"prompt_tokens":3000,"completion_tokens":10,"total_tokens":3010,"prompt_tokens_details":{"cached_tokens":1000,"cache_write_tokens":1500}}
                """],
            [3000, 10, 0, 1000, 1500]
        },
        {
            "vLLM with continuous usage: a running total in every chunk",
            ["""
                "usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}
                """,
             """
                "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}
                """,
             """
                "choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}
                """],
            [9, 3, 0, 0, 0]
        },
        {
            "A server that ends with zeros after it told the total",
            ["""
                "usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}
                """,
             """
                "choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}
                """],
            [9, 3, 0, 0, 0]
        },
        {
            "Gemini: a running total in every chunk, thoughts in the total only",
            ["""
                "usage":{"prompt_tokens":14,"completion_tokens":0,"total_tokens":120}
                """,
             """
                "usage":{"prompt_tokens":14,"completion_tokens":22,"total_tokens":168}
                """],
            [14, 154, 0, 0, 0]
        },
        {
            "xAI: reasoning beside the completion",
            ["""
                "usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"text_tokens":32,"audio_tokens":0,"image_tokens":0,"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":94,"audio_tokens":0},"num_sources_used":0}
                """],
            [32, 103, 94, 6, 0]
        },
        {
            "Reasoning that is more than the completion was not counted in it",
            ["""
                "usage":{"prompt_tokens":32,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":94}}
                """],
            [32, 103, 94, 0, 0]
        },
        {
            "Perplexity: a running total in every chunk, citations and reasoning beside it",
            ["""
                "usage":{"prompt_tokens":33,"completion_tokens":100,"total_tokens":133,"search_context_size":"low","citation_tokens":200,"num_search_queries":2,"reasoning_tokens":500}
                """,
             """
                "usage":{"prompt_tokens":33,"completion_tokens":7163,"total_tokens":7196,"search_context_size":"low","citation_tokens":20016,"num_search_queries":18,"reasoning_tokens":73997}
                """],
            [33, 101176, 73997, 0, 0]
        },
        {
            "Groq: under a name of its own",
            ["""
                "x_groq":{"id":"req_01"}
                """,
             """
                "x_groq":{"id":"req_01","usage":{"queue_time":0.03,"prompt_tokens":78,"prompt_time":0.01,"completion_tokens":47,"completion_time":0.1,"total_tokens":125,"total_time":0.11}}
                """],
            [78, 47, 0, 0, 0]
        },
        {
            "Groq with include_usage: told twice, counted once",
            ["""
                "x_groq":{"usage":{"prompt_tokens":78,"completion_tokens":47,"total_tokens":125}}
                """,
             """
                "choices":[],"usage":{"prompt_tokens":78,"completion_tokens":47,"total_tokens":125,"prompt_tokens_details":{"cached_tokens":64}}
                """],
            [78, 47, 0, 64, 0]
        },
        {
            "DeepSeek: cache hits and misses",
            ["""
                "usage":{"prompt_tokens":500,"completion_tokens":40,"total_tokens":540,"prompt_cache_hit_tokens":448,"prompt_cache_miss_tokens":52,"completion_tokens_details":{"reasoning_tokens":30}}
                """],
            [500, 40, 30, 448, 0]
        },
        {
            "Mistral: in the chunk that finishes",
            ["""
                "usage":{"prompt_tokens":16,"total_tokens":50,"completion_tokens":34}
                """],
            [16, 34, 0, 0, 0]
        },
        {
            "Moonshot: inside the choice",
            ["""
                "choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":19,"completion_tokens":21,"total_tokens":40,"cached_tokens":10}}]
                """],
            [19, 21, 0, 10, 0]
        },
        {
            "A cached part that is more than the prompt was not counted in it",
            ["""
                "usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":125,"prompt_tokens_details":{"cached_tokens":100}}
                """],
            [120, 5, 0, 100, 0]
        },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Usage_is_read_as_each_provider_means_it(string provider, string[] chunks, long[] tokens)
    {
        var answer = await CallAsync(FakeReply.Stream()
            .Send(FakeOpenAI.Text("Hello")).Send([.. chunks.Select(Chunk)]).Send(FakeOpenAI.Finish("stop"), FakeOpenAI.Done));

        var usage = MessageConversion.ToRunUsage(answer.Usage);
        Assert.True(
            tokens.SequenceEqual([usage.PromptTokens, usage.CompletionTokens, usage.ReasoningTokens, usage.CachedTokens, usage.CacheWriteTokens]),
            $"{provider}: {usage}");
    }

    [Theory]
    [InlineData("\"usage\":null")]
    [InlineData("\"usage\":{}")]
    [InlineData("\"usage\":{\"prompt_tokens\":null}")]
    public async Task Usage_that_is_not_reported_is_not_zero_but_absent(string nothing)
    {
        var answer = await CallAsync(FakeReply.Stream().Send(FakeOpenAI.Text("Hello"), Chunk(nothing), FakeOpenAI.Finish("stop"), FakeOpenAI.Done));

        Assert.Empty(answer.Contents.OfType<UsageContent>());
    }

    [Fact]
    public async Task A_stream_that_breaks_tells_what_was_reported_before_it_fails()
    {
        var sent = new TaskCompletionSource();
        _server.Enqueue(FakeReply.Stream()
            .Send(FakeOpenAI.Text("Hel"), Chunk("""
                "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}
                """)).Gate(sent.Task).Break());

        var updates = new List<ChatResponseUpdate>();
        await Assert.ThrowsAsync<ModelException>(async () =>
        {
            await foreach (var update in Bench.Stream(Model, cancellationToken: ModelBench.Soon))
            {
                updates.Add(update);
                sent.TrySetResult();
            }
        });

        Assert.Equal((9, 2), (new Answer(updates).Usage.InputTokenCount, new Answer(updates).Usage.OutputTokenCount));
    }

    [Fact]
    public async Task An_error_inside_the_stream_tells_what_was_reported_before_it_fails()
    {
        _server.Enqueue(FakeReply.Stream().Send(
            FakeOpenAI.Usage("""{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}"""), "data: {\"error\":{\"message\":\"overloaded\"}}\n\n"));

        var answer = new AnswerBuilder(1);
        await Assert.ThrowsAsync<ModelException>(async () =>
        {
            await foreach (var update in Bench.Stream(Model, cancellationToken: ModelBench.Soon))
                answer.Add(update, DateTimeOffset.UnixEpoch);
        });

        Assert.Equal(new RunUsage(9, 2, 0, 0), answer.Usage);
    }

    private static string Chunk(string members) =>
        $"data: {{\"id\":\"chatcmpl-7\",\"object\":\"chat.completion.chunk\",\"model\":\"fake-model-2026\",{members.Trim()}}}\n\n";
}

public sealed class AnthropicUsageTests : StreamTests
{
    private readonly FakeAnthropic _server;

    public AnthropicUsageTests()
        : this(new FakeAnthropic())
    {
    }

    private AnthropicUsageTests(FakeAnthropic server)
        : base(server) => _server = server;

    private protected override ModelDefinition Model => ModelBench.Anthropic(_server.BaseUrl);

    [Theory]
    // Output counts up, input stands from the start.
    [InlineData("""{"input_tokens":10,"output_tokens":1}""", """{"output_tokens":15}""", new long[] { 10, 15, 0, 0, 0 })]
    // Input comes without the cache, and the end repeats it.
    [InlineData("""{"input_tokens":10,"cache_creation_input_tokens":4,"cache_read_input_tokens":6,"output_tokens":1}""",
        """{"input_tokens":10,"cache_creation_input_tokens":4,"cache_read_input_tokens":6,"output_tokens":15,"output_tokens_details":{"thinking_tokens":7}}""",
        new long[] { 20, 15, 7, 6, 4 })]
    // A server tool read more on the way: totals, not additions.
    [InlineData("""{"input_tokens":10,"output_tokens":1}""", """{"input_tokens":500,"output_tokens":15}""", new long[] { 500, 15, 0, 0, 0 })]
    // Compatible servers: input at the end only, or taken back to zero there.
    [InlineData("""{"input_tokens":0,"output_tokens":0}""", """{"input_tokens":10,"output_tokens":15}""", new long[] { 10, 15, 0, 0, 0 })]
    [InlineData("""{"input_tokens":10,"output_tokens":1}""", """{"input_tokens":0,"output_tokens":15}""", new long[] { 10, 15, 0, 0, 0 })]
    public async Task The_largest_of_each_running_total_stands(string atStart, string atEnd, long[] tokens)
    {
        var answer = await CallAsync(FakeReply.Stream()
            .Send(FakeAnthropic.Start(atStart)).Send(FakeAnthropic.TextBlock(0, "Hi")).Send(FakeAnthropic.End("end_turn", atEnd)));

        var usage = MessageConversion.ToRunUsage(answer.Usage);
        Assert.Equal((tokens[0], tokens[1], tokens[2], tokens[3], tokens[4]),
            (usage.PromptTokens, usage.CompletionTokens, usage.ReasoningTokens, usage.CachedTokens, usage.CacheWriteTokens));
    }

    [Fact]
    public async Task A_stream_that_ends_early_tells_the_prompt_that_was_paid()
    {
        _server.Enqueue(FakeReply.Stream().Send(FakeAnthropic.Start()).Send(FakeAnthropic.TextBlock(0, "Hi")));

        var updates = new List<ChatResponseUpdate>();
        await Assert.ThrowsAsync<ModelException>(async () =>
        {
            await foreach (var update in Bench.Stream(Model, cancellationToken: ModelBench.Soon))
                updates.Add(update);
        });

        Assert.Equal((20, 1), (new Answer(updates).Usage.InputTokenCount, new Answer(updates).Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Usage_that_is_not_reported_is_not_zero_but_absent()
    {
        var answer = await CallAsync(FakeReply.Stream().Send(FakeAnthropic.Start("null")).Send(FakeAnthropic.End("end_turn", "null")));

        Assert.Empty(answer.Contents.OfType<UsageContent>());
    }
}
