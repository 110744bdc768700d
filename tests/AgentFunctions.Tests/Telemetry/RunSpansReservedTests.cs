using System.Diagnostics;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>The spans of hooks, guardrails, approvals, retries, delegations, retrievals and workflows: names, kinds, paths and attributes.</summary>
public sealed class RunSpansReservedTests
{
    private static readonly DateTimeOffset _end = Sample.Start.AddSeconds(90);
    private static readonly RunRecord _run = Sample.Run();
    private static readonly RunError _error = new("HOOK_FAILED", "It quoted: secret words");

    private static SpanFacts Hook { get; } = HookSpans.Of(_run, Sample.Agent, new("audit", "before_tool", 2, Sample.Start, _end)
    {
        Step = 1,
        ParentPath = RunTrace.ToolPath(1, "call_7"),
        ModifiedInput = true,
        Input = "before",
        Output = "after",
        Error = _error,
    });

    private static SpanFacts Guardrail { get; } = GuardrailSpans.Of(_run, Sample.Agent, new("pii", "input", 1, Passed: false, Sample.Start, _end)
    {
        Action = "block",
        Reason = "names a person",
    });

    private static SpanFacts Approval { get; } = ApprovalSpans.Of(_run, Sample.Agent, new("apr_1", 1, "call_7", "get_weather", "approved", Sample.Start, _end)
    {
        DecidedBy = "u-7",
        Arguments = Sample.Json("""{"city":"Oslo"}"""),
        Note = "fine",
    });

    private static SpanFacts Retry { get; } = RetrySpans.Of(_run, Sample.Agent, new("chat", RunTrace.ChatPath(1, 1), 2, "RATE_LIMIT", Sample.Start, _end) { Step = 1 });

    private static SpanFacts Delegation { get; } = DelegationSpans.Of(_run, Sample.Agent, new("writer", "broadcast", 3, "run_2", Sample.Start, _end)
    {
        TeamId = "newsroom",
        Input = "write",
        Output = "written",
    });

    private static SpanFacts Retrieval { get; } = RetrievalSpans.Of(
        _run, Sample.Agent, new("docs", "rain", 5, [new("a.md", 0.9, "Rain."), new("b.md", 0.4)], Sample.Start, _end) { Step = 2 });

    private static SpanFacts Workflow { get; } = WorkflowSpans.Root(_run, new("report", "sequence") { WorkflowId = "report", Steps = 2 });

    private static IReadOnlyList<SpanFacts> All => [Hook, Guardrail, Approval, Retry, Delegation, Retrieval, Workflow];

    [Fact]
    public void Each_has_its_name_kind_type_and_path()
    {
        Assert.Equal(
            [
                ("hook audit", ActivityKind.Internal, "CHAIN", "step:1/tool:call_7/hook:before_tool:audit:2"),
                ("guardrail pii", ActivityKind.Internal, "GUARDRAIL", "guardrail:input:pii:1"),
                ("approval get_weather", ActivityKind.Internal, "CHAIN", "step:1/approval:call_7"),
                ("retry chat", ActivityKind.Internal, "CHAIN", "step:1/chat:1/retry"),
                ("delegate writer", ActivityKind.Internal, "AGENT", "delegate:3:run_2"),
                ("retrieval docs", ActivityKind.Client, "RETRIEVER", "retrieval:2:1"),
                ("invoke_workflow report", ActivityKind.Internal, "CHAIN", ""),
            ],
            All.Select(s => (s.Name, s.Kind, (string)s.Attributes["openinference.span.kind"], s.Path)));
        Assert.Equal(All.Count, All.Select(s => s.Path).Distinct().Count());
    }

    [Fact]
    public void Each_says_whose_it_is()
    {
        Assert.All(All, s => AssertAttributes(s, new()
        {
            ["agentfunctions.run.id"] = "run_1",
            ["session.id"] = "ses_1",
            ["gen_ai.conversation.id"] = "ses_1",
            ["user.id"] = "u-42",
        }));
        Assert.All(All.Except([Workflow]), s => Assert.Equal("weather", s.Attributes["gen_ai.agent.id"]));
        Assert.Equal("newsroom", SpanRecords.From(_run, Delegation, SpanRule.Full).TeamId);
        Assert.Equal("report", SpanRecords.From(_run, Workflow, SpanRule.Full).WorkflowId);
    }

    [Fact]
    public void Only_what_the_conventions_name_has_an_operation() => Assert.Equal(
        [null, null, null, null, null, "retrieval", "invoke_workflow"], All.Select(s => s.Attributes.GetValueOrDefault("gen_ai.operation.name")));

    [Fact]
    public void A_hook_says_where_it_was_called_and_what_it_changed()
    {
        AssertAttributes(Hook, new()
        {
            ["agentfunctions.hook.name"] = "audit",
            ["agentfunctions.hook.point"] = "before_tool",
            ["agentfunctions.hook.modified_input"] = true,
            ["agentfunctions.hook.modified_output"] = false,
            ["agentfunctions.hook.background"] = false,
            ["agentfunctions.step"] = 1L,
            ["error.type"] = "HOOK_FAILED",
        });
        Assert.Equal(("before", "after"), (Hook.Content["input.value"], Hook.Content["output.value"]));
        Assert.Equal((ActivityStatusCode.Error, "HOOK_FAILED"), (Hook.Status, SpanViews.Of(Hook, SpanRule.Full with { Content = false }).StatusMessage));
    }

    [Fact]
    public void A_guardrail_that_objects_is_no_error()
    {
        AssertAttributes(Guardrail, new()
        {
            ["agentfunctions.guardrail.name"] = "pii",
            ["agentfunctions.guardrail.point"] = "input",
            ["agentfunctions.guardrail.passed"] = false,
            ["agentfunctions.guardrail.action"] = "block",
        });
        Assert.Equal((ActivityStatusCode.Unset, "names a person"), (Guardrail.Status, Guardrail.Content["output.value"]));
    }

    [Fact]
    public void An_approval_says_how_long_it_took_and_who_decided_what()
    {
        AssertAttributes(Approval, new()
        {
            ["gen_ai.tool.name"] = "get_weather",
            ["gen_ai.tool.call.id"] = "call_7",
            ["agentfunctions.approval.id"] = "apr_1",
            ["agentfunctions.approval.decision"] = "approved",
            ["agentfunctions.approval.decided_by"] = "u-7",
            ["agentfunctions.approval.wait_seconds"] = 90.0,
        });
        Assert.Equal(("""{"city":"Oslo"}""", "fine"), (Approval.Content["gen_ai.tool.call.arguments"], Approval.Content["output.value"]));
        Assert.Equal((Sample.Start, _end, ActivityStatusCode.Unset), (Approval.Start, Approval.End, Approval.Status));
    }

    [Fact]
    public void An_approval_that_nobody_decided_is_an_error()
    {
        var expired = ApprovalSpans.Of(_run, Sample.Agent, new("apr_1", 1, "call_7", "get_weather", ApprovalSpans.Expired, Sample.Start, _end));

        Assert.Equal((ActivityStatusCode.Error, "approval_expired"), (expired.Status, expired.Attributes["error.type"]));
    }

    [Fact]
    public void A_retry_says_why_and_how_long_it_waited_and_links_to_what_failed()
    {
        AssertAttributes(Retry, new() { ["agentfunctions.attempt"] = 2L, ["agentfunctions.retry.reason"] = "RATE_LIMIT", ["agentfunctions.retry.wait_seconds"] = 90.0 });
        Assert.Equal(new SpanLink("step:1/chat:1", "retry_of"), Assert.Single(Retry.Links));
    }

    [Fact]
    public void A_delegation_says_who_got_the_work_how_and_in_which_run()
    {
        AssertAttributes(Delegation, new()
        {
            ["agentfunctions.delegation.member"] = "writer",
            ["agentfunctions.delegation.mode"] = "broadcast",
            ["agentfunctions.delegation.round"] = 3L,
            ["agentfunctions.run.sub_id"] = "run_2",
            ["agentfunctions.team.id"] = "newsroom",
        });
        Assert.Equal(("write", "written"), (Delegation.Content["input.value"], Delegation.Content["output.value"]));
    }

    [Fact]
    public void A_retrieval_says_what_was_searched_where_and_what_was_found()
    {
        AssertAttributes(Retrieval, new()
        {
            ["gen_ai.data_source.id"] = "docs",
            ["gen_ai.request.top_k"] = 5L,
            ["agentfunctions.retrieval.document_count"] = 2L,
            ["agentfunctions.retrieval.top_score"] = 0.9,
        });
        Assert.Equal(("rain", "rain"), (Retrieval.Content["gen_ai.retrieval.query.text"], Retrieval.Content["input.value"]));
        Assert.Equal("""[{"id":"a.md","score":0.9,"content":"Rain."},{"id":"b.md","score":0.4}]""", Retrieval.Content["gen_ai.retrieval.documents"]);
    }

    [Fact]
    public void A_workflow_is_a_runs_root_without_model_or_tokens()
    {
        AssertAttributes(Workflow, new()
        {
            ["gen_ai.workflow.name"] = "report",
            ["agentfunctions.workflow.pattern"] = "sequence",
            ["agentfunctions.workflow.steps"] = 2L,
            ["agentfunctions.run.status"] = "completed",
        });
        Assert.DoesNotContain(Workflow.Attributes.Keys, k => k.StartsWith("gen_ai.usage", StringComparison.Ordinal) || k.Contains("model", StringComparison.Ordinal));
        Assert.Null(Workflow.ParentPath);
    }

    private static void AssertAttributes(SpanFacts span, Dictionary<string, object> expected) =>
        Assert.All(expected, e => Assert.Equal(e.Value, span.Attributes.GetValueOrDefault(e.Key)));
}
