using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Redaction;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>What a destination's rule leaves of a span.</summary>
public sealed class ContentViewTests
{
    private const string Address = "ola@mail.example";

    private static readonly SpanRule _redacted = SpanRule.Full with { Redactor = Redactor.Create(RedactionOptions.ExportDefault) };

    private static SpanFacts Root { get; } = RunSpans.Root(Sample.Run() with { Input = $"Mail {Address}", Content = $"Mailed {Address}" }, Sample.Agent, "stop");

    private static SpanFacts FailedTool { get; } = RunSpans.Tool(
        Sample.Run(), Sample.Agent, Sample.FailedTool with { ErrorMessage = $"no {Address}" }, Sample.Json($$"""{"to":"{{Address}}"}"""), null);

    [Fact]
    public void A_full_rule_shows_everything()
    {
        var view = SpanViews.Of(Root, SpanRule.Full);

        Assert.Equal(Root.Attributes.Count + Root.Content.Count, view.Attributes.Count);
        Assert.Equal($"Mail {Address}", view.Attributes["input.value"]);
    }

    [Fact]
    public void Without_content_only_the_facts_and_a_word_for_the_error_are_left()
    {
        var view = SpanViews.Of(FailedTool, SpanRule.Full with { Content = false });

        Assert.Equal(FailedTool.Attributes.Keys.Order(), view.Attributes.Keys.Order());
        Assert.Equal("http_500", view.StatusMessage);
    }

    [Fact]
    public void Messages_plain_text_arguments_status_and_events_are_redacted()
    {
        var failedCall = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FailedAttempt with { Error = new("API_ERROR", $"no {Address}") }, [Message.User(Address)], null);
        var call = SpanViews.Of(failedCall, _redacted);

        Assert.Equal("Mail [REDACTED:email]", SpanViews.Of(Root, _redacted).Attributes["input.value"]);
        Assert.Equal("""{"to":"[REDACTED:email]"}""", SpanViews.Of(FailedTool, _redacted).Attributes["gen_ai.tool.call.arguments"]);
        Assert.Equal("no [REDACTED:email]", SpanViews.Of(FailedTool, _redacted).StatusMessage);
        Assert.Equal("""[{"role":"user","parts":[{"type":"text","content":"[REDACTED:email]"}]}]""", call.Attributes["gen_ai.input.messages"]);
        Assert.Equal("no [REDACTED:email]", Assert.Single(call.Events).Attributes["exception.message"]);
        Assert.Equal("API_ERROR", call.Events[0].Attributes["exception.type"]);
    }

    [Theory]
    [InlineData(AliasSet.GoAI), InlineData(AliasSet.Aixgo), InlineData(AliasSet.OpenInference), InlineData(AliasSet.Langfuse)]
    public void Aliases_say_only_what_was_left(AliasSet set)
    {
        var view = SpanViews.Of(Root, _redacted with { Aliases = set });

        var said = view.Attributes.Values.Concat(view.Events.SelectMany(e => e.Attributes.Values)).OfType<string>();
        Assert.DoesNotContain(said, text => text.Contains(Address, StringComparison.Ordinal));
    }

    [Fact]
    public void No_content_is_longer_than_the_limit_and_structured_content_stays_json()
    {
        var long_ = new string('x', 20_000);
        var facts = RunSpans.Chat(Sample.Run(), Sample.Agent with { Prompt = long_ }, Sample.FinalAnswer, [Message.User(long_), Message.User("so?")], Sample.Messages[^1].Message);

        var view = SpanViews.Of(facts, SpanRule.Full with { MaxContentChars = 8192, Aliases = AliasSet.OpenInference });

        Assert.All(view.Attributes.Values.OfType<string>(), v => Assert.InRange(v.Length, 0, 8192));
        var messages = JsonNode.Parse((string)view.Attributes["gen_ai.input.messages"])!;
        Assert.Equal(("user", "so?"), ((string)messages[0]!["role"]!, (string)messages[1]!["parts"]![0]!["content"]!));
        Assert.NotNull(JsonNode.Parse((string)view.Attributes["gen_ai.system_instructions"]));
        Assert.Equal(8192, ((string)SpanViews.Of(RunSpans.Root(Sample.Run() with { Input = long_ }, Sample.Agent, null), SpanRule.Full with { MaxContentChars = 8192 }).Attributes["input.value"]).Length);
    }

    [Fact]
    public void Any_content_under_any_rule_gives_valid_json_without_what_the_rules_take_out()
    {
        var random = new Random(20260302);
        var redactor = Redactor.Create(RedactionOptions.ExportDefault);
        for (var i = 0; i < 150; i++)
        {
            var facts = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, RandomContent.Messages(random), RandomContent.Messages(random)[0]);
            var rule = new SpanRule(true, random.Next(3) == 0 ? null : random.Next(100, 3000), redactor, (AliasSet)random.Next(64));

            var attributes = SpanViews.Of(facts, rule).Attributes;

            Assert.NotNull(JsonNode.Parse((string)attributes["gen_ai.input.messages"]));
            Assert.NotNull(JsonNode.Parse((string)attributes["gen_ai.output.messages"]));
            Assert.DoesNotContain(attributes.Values.OfType<string>(), v => v.Contains(Address, StringComparison.Ordinal) || v.Contains("4111 1111 1111 1111", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_chat_span_says_its_messages_once_unless_an_alias_wants_them_again()
    {
        var chat = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, [Message.User("hi")], Sample.Messages[^1].Message);

        Assert.DoesNotContain("input.value", SpanViews.Of(chat, SpanRule.Full).Attributes.Keys);
        Assert.Contains("input.value", SpanViews.Of(chat, SpanRule.Full with { Aliases = AliasSet.OpenInference }).Attributes.Keys);
    }

    [Fact]
    public void The_stored_row_of_a_live_span_is_redacted_whoever_wrote_to_it()
    {
        var additions = new SpanAdditions(
            [new("note", Address)], [new ActivityEvent("seen", tags: new ActivityTagsCollection { ["who"] = Address })], []);

        var record = SpanRecords.From(Sample.Run(), FailedTool, _redacted, additions);

        Assert.Equal("[REDACTED:email]", (string)record.Attributes["note"]!);
        Assert.Equal("[REDACTED:email]", (string)record.Events[0]!["attributes"]!["who"]!);
        Assert.Equal("no [REDACTED:email]", record.StatusMessage);
    }

    [Fact]
    public void An_attempt_after_the_first_links_to_the_one_before()
    {
        var run = Sample.Run();
        var second = RunSpans.Chat(run, Sample.Agent, Sample.ToolCallingAnswer, [], null);

        var link = SpanRecords.From(run, second, SpanRule.Full).Links.Single()!;

        var first = RunTrace.Of(run).SpanId(RunTrace.ChatPath(1, 1)).ToHexString();
        Assert.Equal((run.TraceId, first, "retry_of"), ((string)link["trace_id"]!, (string)link["span_id"]!, (string)link["attributes"]!["agentfunctions.link.kind"]!));
        Assert.Empty(RunSpans.Chat(run, Sample.Agent, Sample.FailedAttempt, [], null).Links);
    }
}
