// Reasoning between tags in the text of an OpenAI-compatible model, however the stream cuts it.
using AgentFunctions.Models;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.Models;

public sealed class ThinkTagTests : StreamTests
{
    private readonly FakeOpenAI _server;

    public ThinkTagTests() : this(new FakeOpenAI())
    {
    }

    private ThinkTagTests(FakeOpenAI server) : base(server) => _server = server;

    private protected override ModelDefinition Model => ModelBench.OpenAI(_server.BaseUrl);

    public static TheoryData<string[], string, string> Answers => new()
    {
        { ["<think>two and two</think>\n\nfour"], "two and two", "four" },
        { ["<th", "ink>two", " and two</", "think>", "\n", "\nfour"], "two and two", "four" },
        { ["\n", " <think>", "a < b </thing> c", "</think> so"], "a < b </thing> c", "so" },
        { ["<think>one</think>\n<think>two</think>\nthree"], "onetwo", "three" },
        { ["<think></think>four"], "", "four" },
        { ["<think>never ", "closed</th"], "never closed</th", "" },
        { ["<think>all", " thought</think>", "\n"], "all thought", "" },
        { ["<thin air"], "", "<thin air" },
        { ["<thi"], "", "<thi" },
        { [" ", " plain"], "", "  plain" },
        { ["The tag <think>", " begins a section</think>."], "", "The tag <think> begins a section</think>." },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_an_answer_begins_with_between_tags_is_reasoning(string[] tokens, string reasoning, string text)
    {
        var answer = await CallAsync(FakeOpenAI.Answer(tokens));

        Assert.Equal((reasoning, text), (answer.Reasoning, answer.Text));
    }

    [Fact]
    public async Task Every_cut_of_the_stream_gives_the_same()
    {
        const string Sent = "<think>why</think>\nbecause";
        for (var cut = 1; cut < Sent.Length; cut++)
        {
            var answer = await CallAsync(FakeOpenAI.Answer(Sent[..cut], Sent[cut..]));
            Assert.Equal(("why", "because"), (answer.Reasoning, answer.Text));
        }
    }

    [Fact]
    public async Task A_thought_is_streamed_before_its_tag_is_closed()
    {
        var seen = new TaskCompletionSource();
        _server.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Role(), FakeOpenAI.Text("<think>first")).Gate(seen.Task)
            .Send(FakeOpenAI.Text("</think>then"), FakeOpenAI.Finish("stop"), FakeOpenAI.Usage(), FakeOpenAI.Done));

        await foreach (var update in Bench.Stream(Model, cancellationToken: ModelBench.Soon))
        {
            if (update.Contents.OfType<Microsoft.Extensions.AI.TextReasoningContent>().Any(t => t.Text == "first"))
                seen.TrySetResult();
        }

        Assert.True(seen.Task.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task What_was_held_of_an_answer_that_breaks_off_is_told()
    {
        _server.Enqueue(FakeReply.Stream().Send(FakeOpenAI.Role(), FakeOpenAI.Text("<thi")));
        var texts = new List<string>();

        await Assert.ThrowsAsync<ModelException>(async () =>
        {
            await foreach (var update in Bench.Stream(Model, cancellationToken: ModelBench.Soon))
                texts.Add(update.Text);
        });

        Assert.Equal("<thi", string.Concat(texts));
    }

    [Fact]
    public async Task Tags_stay_text_where_they_are_switched_off()
    {
        _server.Enqueue(FakeOpenAI.Answer("<think>a</think>b"));

        var answer = await Bench.CallAsync(Model with { ThinkTags = false });

        Assert.Equal(("", "<think>a</think>b"), (answer.Reasoning, answer.Text));
    }
}
