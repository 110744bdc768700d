using System.Text.Json.Nodes;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Aliases;
using AgentFunctions.Telemetry.Redaction;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>Each set against the exact names of the vocabulary that it speaks.</summary>
public sealed class AliasTests
{
    private static readonly IReadOnlyList<SpanFacts> _spans = RunSpans.All(Sample.Run(), Sample.Agent, Sample.Work);

    private static SpanFacts Root => _spans[^1];

    private static SpanFacts Call => _spans.Single(s => s.Path == "step:1/chat:2");

    private static SpanFacts Answer => _spans.Single(s => s.Path == "step:2/chat:1");

    private static SpanFacts FailedCall => _spans.Single(s => s.Path == "step:1/chat:1");

    private static SpanFacts Tool => _spans.Single(s => s.Path == "step:1/tool:call_7");

    [Fact]
    public void Without_a_set_nothing_is_added() => Assert.All(_spans, s => Assert.Empty(Added(s, AliasSet.None)));

    [Theory]
    [InlineData(AliasSet.GoAI), InlineData(AliasSet.Aixgo), InlineData(AliasSet.OpenInference), InlineData(AliasSet.Langfuse), InlineData(AliasSet.AzureMonitor), InlineData(AliasSet.Logfire)]
    public void No_set_changes_what_the_span_says_by_itself(AliasSet set)
    {
        Assert.All(_spans, s =>
        {
            var with = SpanViews.Of(s, SpanRule.Full with { Aliases = set }).Attributes;
            Assert.All(SpanViews.Of(s, SpanRule.Full).Attributes, a => Assert.Equal(a.Value, with[a.Key]));
        });
    }

    [Theory]
    [InlineData(AliasSet.GoAI), InlineData(AliasSet.Aixgo), InlineData(AliasSet.OpenInference), InlineData(AliasSet.Langfuse)]
    public void Where_content_is_not_wanted_no_alias_brings_it_back(AliasSet set)
    {
        var secret = Sample.Run() with { Input = "SECRET?", Content = "SECRET!" };
        var spans = RunSpans.All(secret, Sample.Agent with { Prompt = "SECRET prompt" }, Sample.Work);

        Assert.All(spans, s =>
        {
            var view = SpanViews.Of(s, new SpanRule(false, null, Redactor.None, set));
            Assert.DoesNotContain(view.Attributes.Values.Concat(view.Events.SelectMany(e => e.Attributes.Values)), v => Says(v, "SECRET") || Says(v, "Oslo") || Says(v, "It rains"));
        });
    }

    [Fact]
    public void Goai_names_of_the_run()
    {
        Assert.Equal(
            new Dictionary<string, object> { ["gen_ai.system"] = "goai", ["goai.termination_reason"] = "natural", ["goai.stopped_by_hook"] = false },
            Added(Root, AliasSet.GoAI));
        var stopped = RunSpans.Root(Sample.Run() with { TerminationReason = "hook_stopped" }, Sample.Agent, null);
        Assert.Equal((true, 2L), (Added(stopped, AliasSet.GoAI)["goai.stopped_by_hook"], Added(stopped, AliasSet.GoAI)["goai.stopped_at_step"]));
    }

    [Fact]
    public void Goai_names_of_a_model_call_and_a_tool_call()
    {
        AssertAdded(Call, AliasSet.GoAI, new()
        {
            ["gen_ai.system"] = "goai",
            ["goai.step"] = 1L,
            ["goai.request.message_count"] = 3L,
            ["goai.request.tool_count"] = 1L,
            ["gen_ai.usage.total_tokens"] = 15L,
            ["goai.usage.reasoning_tokens"] = 4L,
            ["langfuse.observation.usage_details"] = """{"input":2,"output":1,"input_cached_tokens":8,"output_reasoning_tokens":4,"total":15}""",
        });
        AssertAdded(Tool, AliasSet.GoAI, new() { ["gen_ai.system"] = "goai", ["goai.step"] = 1L });
    }

    [Fact]
    public void Goai_events_of_the_run_and_a_tool_call()
    {
        var root = SpanAliases.EventsOf(Root, Root.Content, AliasSet.GoAI);
        Assert.Equal(["gen_ai.content.prompt", "gen_ai.content.completion"], root.Select(e => e.Name));
        Assert.Equal("""[{"role":"user","content":"Weather in Oslo?"}]""", root[0].Attributes["gen_ai.prompt"]);
        Assert.Equal((Root.End, "It rains."), (root[1].Time, root[1].Attributes["gen_ai.completion"]));
        Assert.Equal(
            [("goai.tool.execute_start", Tool.Start), ("goai.tool.after_execute", Tool.End)],
            SpanAliases.EventsOf(Tool, Tool.Content, AliasSet.GoAI).Select(e => (e.Name, e.Time)));
        var stopped = RunSpans.Root(Sample.Run() with { TerminationReason = "hook_stopped" }, Sample.Agent, null);
        var loop = SpanAliases.EventsOf(stopped, new Dictionary<string, string>(), AliasSet.GoAI).Single();
        Assert.Equal(("goai.loop.stopped", 2L), (loop.Name, loop.Attributes["goai.step"]));
    }

    [Fact]
    public void Aixgo_names_of_the_run_a_model_call_and_a_tool_call()
    {
        AssertAdded(Root, AliasSet.Aixgo, new()
        {
            ["agent.name"] = "weather",
            ["agent.role"] = "react",
            ["agent.model"] = "gpt-4o-mini",
            ["message.id"] = "run_1",
            ["runtime.type"] = "local",
            ["execution.duration_ms"] = 8000L,
            ["execution.success"] = true,
        });
        AssertAdded(Call, AliasSet.Aixgo, new()
        {
            ["agent.name"] = "weather",
            ["agent.role"] = "react",
            ["agent.model"] = "gpt-4o-mini",
            ["message.id"] = "resp_1",
            ["llm.provider"] = "openai",
            ["llm.model"] = "gpt-4o-mini",
            ["llm.temperature"] = 0.2,
            ["llm.max_tokens"] = 500L,
            ["llm.messages_count"] = 3L,
            ["llm.tools_count"] = 1L,
            ["llm.tool_calls_count"] = 2L,
            ["llm.latency_ms"] = 1000L,
            ["llm.duration_ms"] = 1000L,
            ["llm.success"] = true,
            ["llm.streaming"] = true,
            ["llm.finish_reason"] = "tool_call",
            ["llm.cost.total_usd"] = 0.0002,
            ["llm.tokens.input"] = 10L,
            ["llm.tokens.output"] = 5L,
            ["llm.usage.prompt_tokens"] = 10L,
            ["llm.usage.completion_tokens"] = 5L,
            ["llm.usage.total_tokens"] = 15L,
        });
        AssertAdded(Tool, AliasSet.Aixgo, new() { ["agent.name"] = "weather", ["message.id"] = "run_1", ["tool.name"] = "get_weather", ["tool.duration_ms"] = 1000L });
        Assert.Equal((false, "RATE_LIMIT"), (Added(FailedCall, AliasSet.Aixgo)["llm.success"], Added(FailedCall, AliasSet.Aixgo)["llm.error"]));
    }

    [Fact]
    public void Aixgo_names_of_an_orchestration()
    {
        var workflow = WorkflowSpans.Root(Sample.Run(), new WorkflowFacts("report", "parallel") { Steps = 2 });

        var added = Added(workflow, AliasSet.Aixgo);

        Assert.Equal(("parallel", true, 8000L), (added["orchestration.pattern"], added["orchestration.success"], added["orchestration.duration_ms"]));
    }

    [Fact]
    public void OpenInference_names_of_a_model_call()
    {
        var added = Added(Call, AliasSet.OpenInference);

        AssertContains(added, new()
        {
            ["agent.name"] = "weather",
            ["llm.model_name"] = "gpt-4o-mini-2024",
            ["llm.request.model_name"] = "gpt-4o-mini",
            ["llm.response.model_name"] = "gpt-4o-mini-2024",
            ["llm.provider"] = "openai",
            ["llm.system"] = "openai",
            ["llm.invocation_parameters"] = """{"temperature":0.2,"max_tokens":500,"stream":true}""",
            ["llm.finish_reason"] = "tool_call",
            ["llm.token_count.prompt"] = 10L,
            ["llm.token_count.completion"] = 5L,
            ["llm.token_count.total"] = 15L,
            ["llm.token_count.prompt_details.cache_read"] = 8L,
            ["llm.token_count.completion_details.reasoning"] = 4L,
            ["metadata"] = """{"run_id":"run_1","step":1,"attempt":2}""",
            ["input.mime_type"] = "application/json",
            ["output.mime_type"] = "application/json",
        });
        Assert.Equal(Call.Content["gen_ai.input.messages"], added["input.value"]);
        Assert.Equal(Call.Content["gen_ai.output.messages"], added["output.value"]);
        Assert.Equal(0.0002, Call.Attributes["llm.cost.total"]);
    }

    [Fact]
    public void OpenInference_has_messages_and_tools_flat()
    {
        var added = Added(Answer, AliasSet.OpenInference);

        AssertContains(added, new()
        {
            ["llm.input_messages.0.message.role"] = "system",
            ["llm.input_messages.0.message.content"] = "You answer questions about the weather.",
            ["llm.input_messages.1.message.role"] = "user",
            ["llm.input_messages.1.message.content"] = "Hello?",
            ["llm.input_messages.3.message.content"] = "Weather in Oslo?",
            ["llm.input_messages.4.message.role"] = "assistant",
            ["llm.input_messages.4.message.tool_calls.0.tool_call.id"] = "call_7",
            ["llm.input_messages.4.message.tool_calls.0.tool_call.function.name"] = "get_weather",
            ["llm.input_messages.4.message.tool_calls.0.tool_call.function.arguments"] = """{"city":"Oslo"}""",
            ["llm.input_messages.4.message.tool_calls.1.tool_call.id"] = "call_8",
            ["llm.input_messages.5.message.role"] = "tool",
            ["llm.input_messages.5.message.tool_call_id"] = "call_7",
            ["llm.input_messages.5.message.content"] = """{"sky":"rain"}""",
            ["llm.input_messages.6.message.content"] = "The server said: secret words",
            ["llm.output_messages.0.message.role"] = "assistant",
            ["llm.output_messages.0.message.content"] = "It rains.",
            ["llm.tools.0.tool.json_schema"] =
                """{"type":"function","function":{"name":"get_weather","description":"Current weather of a city.","parameters":{"type":"object"}}}""",
        });
        Assert.DoesNotContain("llm.input_messages.4.message.content", added.Keys);
        Assert.DoesNotContain("llm.input_messages.7.message.role", added.Keys);
    }

    [Fact]
    public void OpenInference_has_one_message_for_each_answer_of_a_tool_and_tells_thought_from_text()
    {
        MessagePart Response(string id) => new() { Type = MessagePart.ToolResponseType, Id = id, Response = Sample.Json("1") };
        Message[] input = [new() { Role = "tool", Parts = [Response("a"), Response("b")] }];
        var output = new Message { Role = "assistant", Parts = [new() { Type = MessagePart.ReasoningType, Content = "hm" }, MessagePart.OfText("1.")] };

        var added = Added(RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, input, output), AliasSet.OpenInference);

        AssertContains(added, new()
        {
            ["llm.input_messages.1.message.tool_call_id"] = "a",
            ["llm.input_messages.2.message.tool_call_id"] = "b",
            ["llm.output_messages.0.message.contents.0.message_content.type"] = "reasoning",
            ["llm.output_messages.0.message.contents.0.message_content.text"] = "hm",
            ["llm.output_messages.0.message.contents.1.message_content.type"] = "text",
            ["llm.output_messages.0.message.contents.1.message_content.text"] = "1.",
        });
    }

    [Fact]
    public void OpenInference_names_images_by_their_address_or_the_hash_of_their_bytes()
    {
        Message[] input =
        [
            new() { Role = "user", Parts = [MessagePart.OfText("Which?"), MessagePart.OfImageAt("https://example.com/a.png"), MessagePart.OfImage("image/png", "aGVsbG8=")] },
        ];

        var added = Added(RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer, input, null), AliasSet.OpenInference);

        AssertContains(added, new()
        {
            ["llm.input_messages.1.message.contents.0.message_content.text"] = "Which?",
            ["llm.input_messages.1.message.contents.1.message_content.type"] = "image",
            ["llm.input_messages.1.message.contents.1.message_content.image.image.url"] = "https://example.com/a.png",
            ["llm.input_messages.1.message.contents.2.message_content.image.image.url"] = "ni:///sha-256;LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
        });
    }

    [Theory]
    [InlineData("https://my.openai.azure.com", "azure", "openai")]
    [InlineData("https://x.services.ai.azure.com", "azure", null)]
    [InlineData("https://api.mistral.ai/v1", "mistralai", "mistralai")]
    [InlineData("https://europe-west1-aiplatform.googleapis.com", "google", "vertexai")]
    [InlineData("https://generativelanguage.googleapis.com", "google", null)]
    [InlineData("https://api.x.ai", "xai", null)]
    [InlineData("https://api.groq.com", "groq", null)]
    [InlineData("https://api.deepseek.com", "deepseek", null)]
    public void OpenInference_has_its_own_words_for_providers(string url, string provider, string? system)
    {
        var agent = Sample.Agent with { Model = Sample.Agent.Model with { BaseUrl = url } };

        var added = Added(RunSpans.Chat(Sample.Run(), agent, Sample.FinalAnswer, [], null), AliasSet.OpenInference);

        Assert.Equal((provider, system), (added["llm.provider"], added.GetValueOrDefault("llm.system")));
    }

    [Fact]
    public void OpenInference_names_of_agents_tools_and_retrievals()
    {
        AssertContains(Added(Root, AliasSet.OpenInference), new() { ["graph.node.id"] = "weather", ["graph.node.name"] = "weather" });
        Assert.DoesNotContain("graph.node.parent_id", Added(Root, AliasSet.OpenInference).Keys);
        AssertContains(Added(Tool, AliasSet.OpenInference), new()
        {
            ["tool.name"] = "get_weather",
            ["tool.description"] = "Current weather of a city.",
            ["tool.id"] = "call_7",
            ["tool.parameters"] = """{"city":"Oslo"}""",
        });
        var delegation = DelegationSpans.Of(Sample.Run(), Sample.Agent, new("writer", "route", 1, "run_2", Sample.Start, Sample.Start) { TeamId = "newsroom" });
        AssertContains(Added(delegation, AliasSet.OpenInference), new() { ["graph.node.id"] = "writer", ["graph.node.parent_id"] = "newsroom" });
        RetrievedDocument[] found = [new("a.md", 0.9, "Rain.", Sample.Json("""{"page":3}""")), new("b.md")];
        var retrieval = RetrievalSpans.Of(Sample.Run(), Sample.Agent, new("docs", "rain", 5, found, Sample.Start, Sample.Start) { Step = 1 });
        AssertContains(Added(retrieval, AliasSet.OpenInference), new()
        {
            ["retrieval.documents.0.document.id"] = "a.md",
            ["retrieval.documents.0.document.content"] = "Rain.",
            ["retrieval.documents.0.document.score"] = 0.9,
            ["retrieval.documents.0.document.metadata"] = """{"page":3}""",
            ["retrieval.documents.1.document.id"] = "b.md",
        });
    }

    [Fact]
    public void Langfuse_names_of_a_model_call()
    {
        AssertAdded(Call, AliasSet.Langfuse, new()
        {
            ["langfuse.trace.name"] = "weather",
            ["langfuse.observation.type"] = "generation",
            ["langfuse.observation.level"] = "DEFAULT",
            ["langfuse.observation.metadata.run_id"] = "run_1",
            ["langfuse.observation.metadata.step"] = "1",
            ["langfuse.observation.metadata.attempt"] = "2",
            ["langfuse.observation.completion_start_time"] = "2026-03-01T12:00:03.2500000Z",
            ["langfuse.observation.cost_details"] = """{"total":0.0002}""",
            ["langfuse.observation.usage_details"] = """{"input":2,"output":1,"input_cached_tokens":8,"output_reasoning_tokens":4,"total":15}""",
        });
    }

    [Fact]
    public void Langfuse_has_a_type_and_a_level_for_every_span()
    {
        Assert.Equal(
            [("generation", "ERROR"), ("generation", "DEFAULT"), ("generation", "DEFAULT"), ("tool", "DEFAULT"), ("tool", "ERROR"), ("agent", "DEFAULT")],
            _spans.Select(s => Added(s, AliasSet.Langfuse)).Select(a => ((string)a["langfuse.observation.type"], (string)a["langfuse.observation.level"])));
        var cut = Added(RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer with { FinishReason = "length" }, [], null), AliasSet.Langfuse);
        Assert.Equal(("WARNING", "length"), (cut["langfuse.observation.level"], cut["langfuse.observation.status_message"]));
    }

    [Theory]
    [InlineData(AliasSet.GoAI), InlineData(AliasSet.OpenInference), InlineData(AliasSet.Langfuse)]
    [InlineData(AliasSet.GoAI | AliasSet.Aixgo | AliasSet.OpenInference | AliasSet.Langfuse)]
    public void Langfuse_is_told_the_usage_once_and_for_all_wherever_a_set_repeats_it(AliasSet set)
    {
        var usage = JsonNode.Parse((string)Added(Call, set)["langfuse.observation.usage_details"])!.AsObject();

        Assert.Equal(15L, (long)usage["total"]!);
        Assert.Equal(15L, usage.Where(u => u.Key != "total").Sum(u => (long)u.Value!));
        Assert.DoesNotContain("langfuse.observation.usage_details", Added(Root, set).Keys);
    }

    [Fact]
    public void Azure_monitor_is_told_the_main_agent_on_every_span()
    {
        Assert.All(_spans, s => AssertAdded(s, AliasSet.AzureMonitor, new()
        {
            ["microsoft.gen_ai.main_agent.name"] = "weather",
            ["microsoft.gen_ai.main_agent.id"] = "weather",
            ["microsoft.gen_ai.main_agent.version"] = Sample.Agent.Hash,
            ["microsoft.gen_ai.main_agent.conversation_id"] = "ses_1",
        }));
    }

    [Fact]
    public void Logfire_names_of_a_model_call_and_a_tool_call()
    {
        AssertAdded(Call, AliasSet.Logfire, new()
        {
            ["logfire.msg"] = "chat gpt-4o-mini",
            ["logfire.level_num"] = 9L,
            ["logfire.json_schema"] =
                """{"type":"object","properties":{"gen_ai.system_instructions":{"type":"array"},"gen_ai.input.messages":{"type":"array"},"gen_ai.output.messages":{"type":"array"},"gen_ai.tool.definitions":{"type":"array"}}}""",
            ["operation.cost"] = 0.0002,
            ["gen_ai.client.operation.time_to_first_chunk"] = 0.25,
        });
        Assert.Equal(17L, Added(FailedCall, AliasSet.Logfire)["logfire.level_num"]);
        Assert.DoesNotContain("logfire.json_schema", SpanAliases.Of(Tool, new Dictionary<string, string>(), AliasSet.Logfire).Keys);
    }

    [Fact]
    public void Content_that_a_limit_left_without_messages_is_no_trouble()
    {
        var content = new Dictionary<string, string> { ["gen_ai.input.messages"] = "[]", ["gen_ai.output.messages"] = "\"cut\"", ["gen_ai.tool.definitions"] = "[1]" };

        var added = SpanAliases.Of(Call, content, AliasSet.OpenInference);

        Assert.DoesNotContain("llm.input_messages.0.message.role", added.Keys);
        Assert.Equal("1", added["llm.tools.0.tool.json_schema"]);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_a_document_stays_an_escape()
    {
        var retrieval = RetrievalSpans.Of(Sample.Run(), Sample.Agent, new("docs", "rain", 5, [], Sample.Start, Sample.Start) { Step = 1 });
        var content = new Dictionary<string, string> { ["gen_ai.retrieval.documents"] = """[{"id":"\ud83d"}]""" };

        Assert.Equal("""
            "\ud83d"
            """, SpanAliases.Of(retrieval, content, AliasSet.OpenInference)["retrieval.documents.0.document.id"]);
    }

    [Fact]
    public void The_configuration_has_a_word_for_each_set()
    {
        var sets = AliasSets.Names.Select(n => AliasSets.TryParse(n, out var set) ? set : AliasSet.None);

        Assert.Equal(Enum.GetValues<AliasSet>().Except([AliasSet.None]), sets);
        Assert.False(AliasSets.TryParse("goia", out _));
    }

    private static Dictionary<string, object> Added(SpanFacts span, AliasSet set) => new(SpanAliases.Of(span, span.Content, set));

    private static void AssertAdded(SpanFacts span, AliasSet set, Dictionary<string, object> expected) =>
        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), Added(span, set).OrderBy(a => a.Key, StringComparer.Ordinal));

    private static void AssertContains(Dictionary<string, object> added, Dictionary<string, object> expected) =>
        Assert.All(expected, e => Assert.Equal(e.Value, added.GetValueOrDefault(e.Key)));

    private static bool Says(object value, string word) => value is string text && text.Contains(word, StringComparison.Ordinal);
}
