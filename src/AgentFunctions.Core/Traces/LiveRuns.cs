// The trace of a run in progress, read from the run store: what has ended, and what is under way.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Traces;

/// <param name="Spans">Ended spans, then those under way: their end is the time of reading.</param>
/// <param name="Running">Ids of the spans under way.</param>
public sealed record LiveSpans(IReadOnlyList<SpanRecord> Spans, IReadOnlySet<string> Running);

/// <summary>Spans of unfinished runs. They have the ids that the stored spans will have.</summary>
public sealed class LiveRuns(IRunStore runs, DefinitionResolver definitions, TracingOptions tracing, TimeProvider time)
{
    /// <summary>The run's spans so far: the root, each call that ended, and each call that was begun.</summary>
    public async Task<LiveSpans> ReadAsync(RunRecord run, CancellationToken cancellationToken)
    {
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var results = await runs.GetResultsAsync(run.RunId, cancellationToken);
        var work = await RunWork.ReadAsync(runs, run, cancellationToken);
        var now = time.GetUtcNow();
        var facts = RunSpans.All(run, agent, work);
        var ended = facts.SkipLast(1).Select(Record);
        var underWay = Begun(run, agent, work, results).Prepend(facts[^1])
            .Select(f => Record(f) with { EndTime = now > f.Start ? now.ToUniversalTime() : f.Start.ToUniversalTime() })
            .ToList();
        return new LiveSpans([.. ended, .. underWay], underWay.Select(s => s.SpanId).ToHashSet());

        SpanRecord Record(SpanFacts f) => SpanRecords.From(run, f, tracing.StoreRule);
    }

    private static IEnumerable<SpanFacts> Begun(RunRecord run, AgentDefinition agent, RunWork work, IReadOnlyList<RunResult> results)
    {
        var starts = results.ToDictionary(r => r.Key, StartOf);
        var last = work.ModelCalls.Select(c => c.EndedAt).Concat(work.ToolCalls.Select(c => c.EndedAt)).DefaultIfEmpty(run.StartedAt ?? run.CreatedAt).Max();
        var next = Next(run, work);
        if (starts.TryGetValue(next.BegunKey, out var begun))
            yield return RunSpans.ChatStart(run, agent, next.Step, next.Attempt, begun ?? last);
        foreach (var delegation in work.OpenDelegations)
            yield return DelegationSpans.Of(run, agent, delegation);
        foreach (var call in Asked(run, agent, work))
            yield return RunSpans.ToolStart(run, agent, call, starts.GetValueOrDefault(call.StartedKey(1)) ?? StartOf(call, agent, work));
    }

    // The model call that comes after what has ended, begun or not.
    private static ModelStep Next(RunRecord run, RunWork work) => work.ModelCalls switch
    {
        [.., { Status: ModelStepStatus.Retryable } failed] => new ModelStep(run.RunId, failed.Step, failed.Attempt + 1, 0),
        [.., var answer] => new ModelStep(run.RunId, answer.Step + 1, 1, 0),
        _ => new ModelStep(run.RunId, 1, 1, 0),
    };

    // The calls that the model asked for last and that have no result yet, as many as run at the same time.
    private static IEnumerable<ToolStep> Asked(RunRecord run, AgentDefinition agent, RunWork work)
    {
        if (work.ModelCalls is not [.., var answer])
            return [];
        var done = work.ToolCalls.Where(c => c.Step == answer.Step).Select(c => c.CallId).ToHashSet();
        var delegating = agent.Tools.Where(t => t.Member is not null).Select(t => t.Name).ToHashSet();
        var open = answer.ToolCalls.Where(c => !done.Contains(c.CallId) && !delegating.Contains(c.Tool)).Select(c => new ToolStep(run.RunId, answer.Step, c.CallId, c.Tool));
        return open.Take(agent.ToolsAtOnce);
    }

    // A tool that may repeat leaves no mark when it begins; it was due when what it waited for had ended.
    private static DateTimeOffset StartOf(ToolStep call, AgentDefinition agent, RunWork work)
    {
        var answer = work.ModelCalls.Last(c => c.Step == call.Step);
        var before = answer.ToolCalls.TakeWhile(c => c.CallId != call.CallId).Count();
        var ends = work.ToolCalls.Where(c => c.Step == call.Step).Select(c => c.EndedAt).Order().ToList();
        var due = before - agent.ToolsAtOnce;
        return due >= 0 && due < ends.Count ? ends[due] : answer.EndedAt;
    }

    private static DateTimeOffset? StartOf(RunResult result)
    {
        using var json = JsonDocument.Parse(result.ResultJson);
        return json.RootElement.TryGetProperty("started_at", out var start) ? start.GetDateTimeOffset() : null;
    }
}
