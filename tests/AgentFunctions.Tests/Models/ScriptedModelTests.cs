// The scripted model: rules, placeholders, streaming, usage.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Tests.Engine;
using Microsoft.Extensions.AI;

namespace AgentFunctions.Tests.Models;

public sealed class ScriptedModelTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly ModelBench _bench;

    public ScriptedModelTests() => _bench = new ModelBench(time: _time);

    public void Dispose() => _bench.Dispose();

    private static ModelDefinition Model(params ScriptRule[] script) =>
        new() { Key = "demo", Provider = "scripted", Model = "scripted", Script = script };

    private static ScriptRule Calling(string tool, string arguments = "{}") => new() { Call = [new ScriptedToolCall(tool, JsonNode.Parse(arguments)!.AsObject())] };

    [Theory]
    [InlineData("""{"error":"timeout","message":"Too slow."}""", "No: Too slow.")]
    [InlineData("""{"n":1}""", "Yes: 1")]
    public async Task A_rule_may_be_about_a_tools_error_only(string result, string answer)
    {
        var model = Model(
            new ScriptRule { AfterTool = "count", Failed = true, Say = "No: {result.message}" },
            new ScriptRule { AfterTool = "count", Failed = false, Say = "Yes: {result.n}" });

        Message[] done = [Message.User("go"), OpenAIStreamTests.Called("a", "count"), Message.ToolResult("a", JsonElement.Parse(result))];
        Assert.Equal(answer, (await _bench.CallAsync(model, done)).Text);
    }

    [Fact]
    public async Task Reasoning_then_text_then_calls_are_streamed_in_words_that_keep_their_white_space()
    {
        var answer = await _bench.CallAsync(Model(new ScriptRule { Think = "Let me think.", Say = " Two\nlines  here ", Call = [new("now")] }), Message.User("Hi"));

        Assert.Equal(["Let ", "me ", "think."], answer.Contents.OfType<TextReasoningContent>().Select(t => t.Text));
        Assert.Equal([" ", "Two\n", "lines  ", "here "], answer.Tokens);
        Assert.Equal("now", Assert.Single(answer.Calls).Name);
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        Assert.All(answer.Updates, u => Assert.Equal("scripted", u.ModelId));
    }

    [Fact]
    public async Task The_first_rule_whose_conditions_all_hold_answers()
    {
        var model = Model(
            new ScriptRule { When = "^weather in (?<city>\\w+)", Step = 2, Say = "never" },
            new ScriptRule { When = "^WEATHER in (?<city>\\w+)", Say = "{city}: {input}" },
            new ScriptRule { Say = "else {unknown}" });

        Assert.Equal("Paris: Weather in Paris?", (await _bench.CallAsync(model, Message.User("Hello"), Message.User("Weather in Paris?"))).Text);
        Assert.Equal("else {unknown}", (await _bench.CallAsync(model, Message.User("Weather in Paris?"), Message.User("Hello"))).Text);
    }

    [Fact]
    public async Task A_whole_turn_calls_a_tool_and_answers_from_its_result()
    {
        var model = Model(
            new ScriptRule { AfterTool = "get_weather", Say = "{result.days.1.c} degrees, {result.text}; all: {result.days}" },
            Calling("get_weather", """{"city":"{input}","note":"for {input}","days":2}"""));
        Message[] asked = [Message.User("Rome")];
        var call = Assert.Single((await _bench.CallAsync(model, asked)).Calls);
        Assert.Equal("""{"city":"Rome","note":"for Rome","days":2}""", JsonSerializer.Serialize(call.Arguments));

        Message[] done = [.. asked, OpenAIStreamTests.Called(call.CallId, call.Name), Message.ToolResult(call.CallId, JsonElement.Parse("""{"text":"fine","days":[{"c":1},{"c":2.5}]}"""))];
        Assert.Equal("""2.5 degrees, fine; all: [{"c":1},{"c":2.5}]""", (await _bench.CallAsync(model, done)).Text);
    }

    [Fact]
    public async Task A_number_of_a_result_stays_a_number_in_the_next_call()
    {
        var model = Model(new ScriptRule { AfterTool = "count", Call = [new("count", JsonNode.Parse("""{"from":"{result.n}","list":["{result.n}"]}""")!.AsObject())] });
        var answer = await _bench.CallAsync(model, Message.User("go"), OpenAIStreamTests.Called("a", "count"), Message.ToolResult("a", JsonElement.Parse("""{"n":4}""")));

        Assert.Equal("""{"from":4,"list":[4]}""", JsonSerializer.Serialize(Assert.Single(answer.Calls).Arguments));
    }

    [Fact]
    public async Task After_parallel_calls_each_result_is_found_by_its_tool()
    {
        var model = Model(new ScriptRule { AfterTool = "one", Say = "{result}" });
        var answer = await _bench.CallAsync(model, Message.User("go"), OpenAIStreamTests.Called("a", "one"), OpenAIStreamTests.Called("b", "two"),
            Message.ToolResult("a", JsonElement.Parse("\"from one\"")), Message.ToolResult("b", JsonElement.Parse("\"from two\"")));

        Assert.Equal("from one", answer.Text);
    }

    [Fact]
    public async Task Steps_are_counted_from_the_latest_user_message()
    {
        var model = Model(new ScriptRule { Step = 2, Say = "second" }, new ScriptRule { Say = "other" });
        Message[] earlier = [Message.User("a"), OpenAIStreamTests.Called("x", "t"), Message.ToolResult("x", JsonElement.Parse("1"))];

        Assert.Equal("second", (await _bench.CallAsync(model, earlier)).Text);
        Assert.Equal("other", (await _bench.CallAsync(model, [.. earlier, Message.User("b")])).Text);
    }

    [Fact]
    public async Task Call_ids_are_the_same_on_every_attempt_and_differ_between_calls_and_steps()
    {
        var model = Model(new ScriptRule { Call = [new("t"), new("t")] });
        Message[] step1 = [Message.User("a")];
        Message[] step2 = [.. step1, OpenAIStreamTests.Called("call_1_1", "t"), Message.ToolResult("call_1_1", JsonElement.Parse("1"))];
        string[] Ids(Answer answer) => [.. answer.Calls.Select(c => c.CallId)];

        var first = Ids(await _bench.CallAsync(model, step1));
        Assert.Equal(first, Ids(await _bench.CallAsync(model, step1)));
        Assert.Equal(4, first.Concat(Ids(await _bench.CallAsync(model, step2))).Distinct().Count());
    }

    [Fact]
    public async Task Usage_is_one_token_for_each_four_characters()
    {
        var answer = await _bench.CallAsync(Model(new ScriptRule { Think = "12345", Say = "123456789" }), Message.User("12345678"));

        Assert.Equal((2, 2 + 3, 2), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount, answer.Usage.ReasoningTokenCount));
    }

    [Fact]
    public async Task The_delay_passes_before_each_token()
    {
        var model = Model(new ScriptRule { Say = "one two", DelayMs = 600_000 });
        await using var updates = _bench.Stream(model, cancellationToken: ModelBench.Soon).GetAsyncEnumerator();
        foreach (var token in new[] { "one ", "two" })
        {
            var next = updates.MoveNextAsync();
            Assert.False(next.IsCompleted);
            _time.Advance(TimeSpan.FromMinutes(10));
            Assert.True(await next);
            Assert.Equal(token, updates.Current.Text);
        }
    }

    [Fact]
    public async Task Cancelling_ends_a_delayed_answer()
    {
        using var cancel = new CancellationTokenSource();
        await using var updates = _bench.Stream(Model(new ScriptRule { Say = "one", DelayMs = 50 }), cancellationToken: cancel.Token).GetAsyncEnumerator();
        var next = updates.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Without_a_rule_that_applies_the_error_names_the_script_and_the_step()
    {
        var failure = await Assert.ThrowsAsync<ModelException>(() => _bench.CallAsync(Model(new ScriptRule { When = "weather", Say = "x" }), Message.User("Hello")));

        Assert.Equal((RunErrorCodes.InvalidConfig, false), (failure.Code, failure.Retryable));
        Assert.Contains("models.demo.script", failure.Message, StringComparison.Ordinal);
        Assert.Contains("step 1", failure.Message, StringComparison.Ordinal);
    }
}
