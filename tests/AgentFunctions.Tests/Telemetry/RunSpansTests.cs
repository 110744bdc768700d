using System.Diagnostics;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Tests.Telemetry;

public sealed class RunSpansTests
{
    private static IReadOnlyList<SpanFacts> All => RunSpans.All(Sample.Run(), Sample.Agent, Sample.Work);

    [Fact]
    public void A_run_has_a_span_for_each_attempt_and_each_tool_call_and_the_root_last()
    {
        Assert.Equal(
            ["step:1/chat:1", "step:1/chat:2", "step:2/chat:1", "step:1/tool:call_7", "step:1/tool:call_8", ""],
            All.Select(s => s.Path));
        Assert.All(All.SkipLast(1), s => Assert.Equal(RunTrace.RootPath, s.ParentPath));
        Assert.Null(All[^1].ParentPath);
    }

    [Fact]
    public void Names_and_kinds_follow_the_conventions()
    {
        var seen = All.Select(s => (s.Name, s.Kind, s.Attributes["gen_ai.operation.name"], s.Attributes["openinference.span.kind"])).Distinct();

        Assert.Equal(
            [
                ("chat gpt-4o-mini", ActivityKind.Client, "chat", "LLM"),
                ("execute_tool get_weather", ActivityKind.Internal, "execute_tool", "TOOL"),
                ("invoke_agent weather", ActivityKind.Internal, "invoke_agent", "AGENT"),
            ],
            seen);
    }

    [Fact]
    public void A_call_that_a_fallback_answered_is_a_span_of_that_model_also_when_it_is_written_again()
    {
        var agent = Sample.Agent with { Model = Sample.Agent.Model with { Fallbacks = [new ModelDefinition { Key = "spare", Provider = "anthropic", Model = "spare-model" }] } };
        var work = new RunWork([new RunResult("model:2:1", AgentJson.Serialize(Sample.FinalAnswer with { Fallback = 1 }))], Sample.Messages, Sample.SessionMessages);

        var chat = RunSpans.All(Sample.Run(), agent, work)[0];

        Assert.Equal("chat spare-model", chat.Name);
        Assert.Equal(("anthropic", 1L), (chat.Attributes["gen_ai.provider.name"], chat.Attributes["agentfunctions.model.fallback"]));
    }

    [Fact]
    public void Every_span_says_which_run_session_user_and_agent_it_belongs_to()
    {
        Assert.All(All, s =>
        {
            Assert.Equal("run_1", s.Attributes["agentfunctions.run.id"]);
            Assert.Equal("ses_1", s.Attributes["gen_ai.conversation.id"]);
            Assert.Equal("ses_1", s.Attributes["session.id"]);
            Assert.Equal("u-42", s.Attributes["user.id"]);
            Assert.Equal("weather", s.Attributes["gen_ai.agent.id"]);
            Assert.Equal("weather", s.Attributes["gen_ai.agent.name"]);
        });
    }

    [Fact]
    public void A_chat_span_says_what_was_asked_of_which_model_and_what_it_took()
    {
        var chat = Find("step:1/chat:2");

        AssertAttributes(chat, new()
        {
            ["gen_ai.provider.name"] = "openai",
            ["server.address"] = "api.openai.com",
            ["server.port"] = 443L,
            ["gen_ai.request.model"] = "gpt-4o-mini",
            ["gen_ai.request.stream"] = true,
            ["gen_ai.request.temperature"] = 0.2,
            ["gen_ai.request.max_tokens"] = 500L,
            ["gen_ai.response.id"] = "resp_1",
            ["gen_ai.response.model"] = "gpt-4o-mini-2024",
            ["gen_ai.response.time_to_first_chunk"] = 0.25,
            ["gen_ai.usage.input_tokens"] = 10L,
            ["gen_ai.usage.output_tokens"] = 5L,
            ["gen_ai.usage.cache_read.input_tokens"] = 8L,
            ["gen_ai.usage.reasoning.output_tokens"] = 4L,
            ["agentfunctions.step"] = 1L,
            ["agentfunctions.attempt"] = 2L,
            ["agentfunctions.cost_usd"] = 0.0002,
            ["agentfunctions.agent.role"] = "react",
            ["agentfunctions.request.message_count"] = 3L,
            ["agentfunctions.request.tool_count"] = 1L,
            ["agentfunctions.response.tool_call_count"] = 2L,
        });
        Assert.DoesNotContain("agentfunctions.cost.unknown", chat.Attributes.Keys);
        Assert.Equal(["tool_call"], (string[])chat.Attributes["gen_ai.response.finish_reasons"]);
        Assert.Equal((Sample.ToolCallingAnswer.StartedAt, Sample.ToolCallingAnswer.EndedAt), (chat.Start, chat.End));
        Assert.Equal(ActivityStatusCode.Unset, chat.Status);
    }

    [Fact]
    public void A_cost_that_is_not_known_is_said_so_on_the_call_and_on_the_run()
    {
        var call = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer with { CostUsd = null, CostUnknown = true }, [], null);
        var root = RunSpans.Root(Sample.Run() with { UnpricedCalls = 1 }, Sample.Agent, null);

        Assert.True((bool)call.Attributes["agentfunctions.cost.unknown"]);
        Assert.DoesNotContain("agentfunctions.cost_usd", call.Attributes.Keys);
        AssertAttributes(root, new() { ["agentfunctions.cost.unknown"] = true, ["agentfunctions.cost.unpriced_calls"] = 1L, ["agentfunctions.cost_usd"] = 0.0005 });
    }

    [Fact]
    public void A_call_names_the_version_of_the_price_it_was_counted_with()
    {
        var price = new CallPrice("builtin", "2026-03", "openai/gpt-4o-mini", new PriceRates(0.15m, 0.6m));

        var call = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer with { Price = price }, [], null);

        Assert.Equal("2026-03", call.Attributes["agentfunctions.cost.price_version"]);
    }

    [Fact]
    public void A_failed_attempt_is_an_error_span_with_a_code_and_no_usage()
    {
        var chat = Find("step:1/chat:1");

        Assert.Equal((ActivityStatusCode.Error, "Too many requests."), (chat.Status, chat.StatusMessage));
        AssertAttributes(chat, new() { ["error.type"] = "RATE_LIMIT", ["http.response.status_code"] = 429L });
        Assert.DoesNotContain("gen_ai.usage.input_tokens", chat.Attributes.Keys);
        Assert.DoesNotContain("gen_ai.output.messages", chat.Content.Keys);
        var exception = Assert.Single(chat.Events);
        Assert.Equal(("exception", "RATE_LIMIT"), (exception.Name, exception.Attributes["exception.type"]));
    }

    [Fact]
    public void A_model_call_that_was_cancelled_is_an_error_span()
    {
        var result = Sample.FailedAttempt with { Status = ModelStepStatus.Cancelled, Error = null };

        var chat = RunSpans.Chat(Sample.Run(), Sample.Agent, result, [], null);

        Assert.Equal((ActivityStatusCode.Error, "RUN_CANCELLED"), (chat.Status, chat.Attributes["error.type"]));
    }

    [Fact]
    public void A_chat_span_holds_the_messages_that_were_sent_and_the_answer()
    {
        var chat = Find("step:2/chat:1");

        var sent = JsonNode.Parse(chat.Content["gen_ai.input.messages"])!.AsArray();
        Assert.Equal(["user", "assistant", "user", "assistant", "tool", "tool"], sent.Select(m => (string)m!["role"]!));
        Assert.Equal("Hello?", (string)sent[0]!["parts"]![0]!["content"]!);
        Assert.Equal(
            """[{"role":"assistant","parts":[{"type":"text","content":"It rains."}],"finish_reason":"stop"}]""", chat.Content["gen_ai.output.messages"]);
        Assert.Equal("""[{"type":"text","content":"You answer questions about the weather."}]""", chat.Content["gen_ai.system_instructions"]);
        Assert.Equal(
            """[{"type":"function","name":"get_weather","description":"Current weather of a city.","parameters":{"type":"object"}}]""",
            chat.Content["gen_ai.tool.definitions"]);
    }

    [Fact]
    public void An_answer_stored_without_a_finish_reason_gets_the_calls()
    {
        var answer = new Message { Role = "assistant", Parts = [MessagePart.OfText("…")] };

        var chat = RunSpans.Chat(Sample.Run(), Sample.Agent, Sample.FinalAnswer with { FinishReason = "length" }, [], answer);

        Assert.Equal("length", (string)JsonNode.Parse(chat.Content["gen_ai.output.messages"])![0]!["finish_reason"]!);
    }

    [Fact]
    public void A_tool_span_holds_the_call_its_arguments_and_its_result()
    {
        var tool = Find("step:1/tool:call_7");

        AssertAttributes(tool, new()
        {
            ["gen_ai.tool.name"] = "get_weather",
            ["gen_ai.tool.type"] = "function",
            ["gen_ai.tool.call.id"] = "call_7",
            ["gen_ai.tool.description"] = "Current weather of a city.",
            ["agentfunctions.step"] = 1L,
        });
        Assert.Equal("""{"city":"Oslo"}""", tool.Content["gen_ai.tool.call.arguments"]);
        Assert.Equal("""{"sky":"rain"}""", tool.Content["gen_ai.tool.call.result"]);
        Assert.DoesNotContain("gen_ai.request.model", tool.Attributes.Keys);
        Assert.Equal(ActivityStatusCode.Unset, tool.Status);
    }

    [Fact]
    public void A_failed_tool_is_an_error_span_whose_message_is_content()
    {
        var tool = Find("step:1/tool:call_8");

        Assert.Equal((ActivityStatusCode.Error, "http_500"), (tool.Status, tool.Attributes["error.type"]));
        Assert.Equal("The server said: secret words", SpanViews.Of(tool, SpanRule.Full).StatusMessage);
        Assert.Equal("http_500", SpanViews.Of(tool, SpanRule.Full with { Content = false }).StatusMessage);
        Assert.DoesNotContain(SpanViews.Of(tool, SpanRule.Full with { Content = false }).Attributes, a => a.Value.ToString()!.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void The_root_sums_up_the_run()
    {
        var root = Find("");

        AssertAttributes(root, new()
        {
            ["gen_ai.agent.description"] = "Knows the weather.",
            ["gen_ai.usage.input_tokens"] = 30L,
            ["gen_ai.usage.output_tokens"] = 12L,
            ["agentfunctions.cost_usd"] = 0.0005,
            ["agentfunctions.run.status"] = "completed",
            ["agentfunctions.run.steps"] = 2L,
            ["agentfunctions.run.termination_reason"] = "natural",
        });
        Assert.Equal((Sample.Start.AddSeconds(1), Sample.Start.AddSeconds(9)), (root.Start, root.End));
        Assert.Equal(["stop"], (string[])root.Attributes["gen_ai.response.finish_reasons"]);
        Assert.Equal(("Weather in Oslo?", "It rains."), (root.Content["input.value"], root.Content["output.value"]));
    }

    [Theory]
    [InlineData(RunStatus.Error, "BUDGET_EXCEEDED", "BUDGET_EXCEEDED")]
    [InlineData(RunStatus.Error, null, "UNKNOWN")]
    [InlineData(RunStatus.Cancelled, null, "RUN_CANCELLED")]
    public void The_root_of_a_run_that_did_not_complete_is_an_error(RunStatus status, string? code, string expected)
    {
        var run = Sample.Run() with { Status = status, Error = code is null ? null : new RunError(code, "why") };

        var root = RunSpans.Root(run, Sample.Agent, null);

        Assert.Equal((ActivityStatusCode.Error, expected), (root.Status, root.Attributes["error.type"]));
    }

    [Fact]
    public void A_span_never_ends_before_it_starts()
    {
        var result = Sample.GoodTool with { EndedAt = Sample.GoodTool.StartedAt.AddSeconds(-3) };

        var tool = RunSpans.Tool(Sample.Run(), Sample.Agent, result, null, null);

        Assert.Equal(tool.Start, tool.End);
    }

    [Theory]
    [InlineData("openai", "https://my.openai.azure.com/openai/v1", "azure.ai.openai", "my.openai.azure.com")]
    [InlineData("openai", "https://api.x.ai/v1", "x_ai", "api.x.ai")]
    [InlineData("openai", "https://notx.ai/v1", "openai", "notx.ai")]
    [InlineData("openai", "https://europe-west1-aiplatform.googleapis.com/v1", "gcp.vertex_ai", "europe-west1-aiplatform.googleapis.com")]
    [InlineData("openai", "http://localhost:11434/v1", "openai", "localhost")]
    [InlineData("anthropic", null, "anthropic", "api.anthropic.com")]
    [InlineData("scripted", null, "scripted", null)]
    public void The_provider_is_the_one_that_answers_at_the_endpoint(string provider, string? url, string expected, string? host)
    {
        var agent = Sample.Agent with { Model = Sample.Agent.Model with { Provider = provider, BaseUrl = url } };

        var chat = RunSpans.Chat(Sample.Run(), agent, Sample.FinalAnswer, [], null);

        Assert.Equal(expected, chat.Attributes["gen_ai.provider.name"]);
        Assert.Equal(host, chat.Attributes.GetValueOrDefault("server.address"));
    }

    private static SpanFacts Find(string path) => All.Single(s => s.Path == path);

    private static void AssertAttributes(SpanFacts span, Dictionary<string, object> expected)
    {
        foreach (var (key, value) in expected)
            Assert.Equal(value, span.Attributes.GetValueOrDefault(key));
    }
}
