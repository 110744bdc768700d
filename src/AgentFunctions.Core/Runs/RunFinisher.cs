// The end of a run: outcome, root span, run row and terminal event, each of them once.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Approvals;
using AgentFunctions.Hooks;
using AgentFunctions.Output;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;

namespace AgentFunctions.Runs;

/// <summary>
/// What the FinishRun activity and the sweeper do. Safe to repeat and safe to race: the first outcome stands. The trace is
/// made whole before the run is shown as finished, so whoever sees the end can read the whole trace.
/// </summary>
public sealed class RunFinisher(
    IRunStore runs, DefinitionResolver definitions, FinishHooks hooks, ApprovalDesk approvals, RunTracer tracer, RunMetrics metrics)
{
    private const string OutcomeKey = "outcome";
    private const string FinishKey = "finish";

    public async Task<RunRecord> FinishAsync(RunOutcome proposed, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(proposed.RunId, cancellationToken);
        var decided = await runs.CommitAsync(new RunCommit(run.RunId, OutcomeKey, AgentJson.Serialize(proposed)), cancellationToken);
        var outcome = AgentJson.Deserialize<RunOutcome>(decided.ResultJson);
        await approvals.CancelAsync(run, cancellationToken);
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var content = await ContentAsync(run, agent, cancellationToken);
        var hasOutput = outcome.Status == RunStatus.Completed && RunOutput.Fits(agent, content);
        var finished = Apply(run, outcome, content, hasOutput);

        await hooks.CallAsync(finished, agent, cancellationToken);
        var traceIsWhole = await tracer.FinishAsync(finished, agent, cancellationToken);
        var ended = await runs.CommitAsync(new RunCommit(run.RunId, FinishKey, "{}")
        {
            Events = [TerminalEvent(finished)],
            Change = current => Apply(current, outcome, content, hasOutput) with { TraceIncomplete = !traceIsWhole },
        }, cancellationToken);
        if (ended.Committed)
            await CountAsync(finished, cancellationToken);
        return await runs.RequireAsync(run.RunId, cancellationToken);
    }

    private async Task CountAsync(RunRecord finished, CancellationToken cancellationToken)
    {
        var results = await runs.GetResultsAsync(finished.RunId, cancellationToken);
        using (RunContext.Enter(finished.RunId, finished.TraceId))
            metrics.Finished(finished, CountOf("model:"), CountOf("tool:"));

        int CountOf(string kind) => results.Count(result => result.Key.StartsWith(kind, StringComparison.Ordinal));
    }

    private static RunRecord Apply(RunRecord run, RunOutcome outcome, string? content, bool hasOutput) => run with
    {
        Status = outcome.Status,
        TerminationReason = outcome.TerminationReason,
        Content = content,
        HasOutput = hasOutput,
        Steps = outcome.Steps,
        Usage = outcome.Usage,
        CostUsd = outcome.CostUsd,
        UnpricedCalls = outcome.UnpricedCalls,
        Error = outcome.Error,
        FinishedAt = outcome.FinishedAt,
        Approvals = null,
    };

    // The answer as the post-hooks left it; one that they refused is not given out.
    private async Task<string?> ContentAsync(RunRecord run, AgentDefinition agent, CancellationToken cancellationToken)
    {
        var check = agent.HooksAt(HookPoints.PostRun).Count == 0 ? null : await runs.GetResultAsync(run.RunId, RunCheck.OutputKey, cancellationToken);
        var verdict = check is null ? null : AgentJson.Deserialize<RunCheckResult>(check);
        return verdict?.Error is not null ? null : verdict?.Text ?? await runs.LastTextAsync(run.RunId, cancellationToken);
    }

    /// <summary>The event that closes the log of a finished run.</summary>
    public static NewRunEvent TerminalEvent(RunRecord run) => run.Status == RunStatus.Error
        ? new(RunEventTypes.Error, ErrorData(run), run.FinishedAt!.Value, "terminal")
        : new(RunEventTypes.Complete, CompleteData(run), run.FinishedAt!.Value, "terminal");

    private static JsonObject ErrorData(RunRecord run)
    {
        var data = Summary(run);
        data["error"] = run.Error?.Message;
        data["code"] = run.Error?.Code;
        data["details"] = run.Error?.Details?.DeepClone();
        return data;
    }

    private static JsonObject CompleteData(RunRecord run)
    {
        var data = Summary(run);
        data["output"] = RunOutput.Of(run) is { } output ? output : run.Content ?? "";
        data["model"] = run.AnsweredBy ?? run.Model;
        data["token_count"] = run.Usage.CompletionTokens;
        if (run.Status == RunStatus.Cancelled)
            data["cancellation_reason"] = run.CancelReason ?? "cancelled";
        return data;
    }

    private static JsonObject Summary(RunRecord run) => new()
    {
        ["run_id"] = run.RunId,
        ["trace_id"] = run.TraceId,
        ["status"] = AgentJson.Word(run.Status),
        ["termination_reason"] = run.TerminationReason,
        ["steps"] = run.Steps,
        ["duration"] = (run.FinishedAt!.Value - (run.StartedAt ?? run.CreatedAt)).TotalSeconds,
        ["time_to_first_token"] = run.TimeToFirstTokenSeconds,
        ["usage"] = RunJson.Usage(run.Usage),
        ["cost_usd"] = run.CostUsd,
        ["unpriced_calls"] = run.UnpricedCalls,
    };
}
