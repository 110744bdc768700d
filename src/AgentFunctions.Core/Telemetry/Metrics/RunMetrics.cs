using System.Diagnostics;
using System.Diagnostics.Metrics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using static AgentFunctions.Telemetry.GenAiAttributes;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// How runs begin and end. Each fact is counted by the process that committed it: a replay or a second delivery counts
/// nothing, and a process that dies right after the commit leaves the fact uncounted.
/// </summary>
public sealed class RunMetrics
{
    private readonly Counter<long> _started;
    private readonly Counter<long> _finished;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _elapsed;
    private readonly Histogram<double> _agentDuration;
    private readonly Histogram<long> _inferenceCalls;
    private readonly Histogram<long> _toolCalls;
    private readonly Histogram<double> _workflowDuration;
    private readonly Counter<long> _earlyStops;
    private readonly AixgoMetrics _aixgo;

    public RunMetrics(AgentMeter agentMeter, AixgoMetrics aixgo)
    {
        _aixgo = aixgo;
        var meter = agentMeter.Meter;
        _started = meter.CreateCounter<long>("agentfunctions.run.started", "{run}", "Runs that were accepted.");
        _finished = meter.CreateCounter<long>("agentfunctions.run.finished", "{run}", "Runs that ended, by status and termination reason.");
        _duration = meter.CreateHistogram("agentfunctions.run.duration", "s", "Time from a run's first step to its end.", tags: null, Buckets.AgentSeconds);
        _elapsed = meter.CreateHistogram(
            "agentfunctions.run.elapsed", "s", "Time from a run's acceptance to its end, waiting included.", tags: null, Buckets.WorkflowSeconds);
        _agentDuration = meter.CreateHistogram("gen_ai.invoke_agent.duration", "s", "Time that agents work on a run.", tags: null, Buckets.AgentSeconds);
        _inferenceCalls = meter.CreateHistogram(
            "gen_ai.invoke_agent.inference_calls", "{inference_call}", "Model calls of each run, failed ones included.", tags: null, Buckets.Calls);
        _toolCalls = meter.CreateHistogram("gen_ai.invoke_agent.tool_calls", "{tool_call}", "Tool calls of each run.", tags: null, Buckets.Calls);
        _earlyStops = meter.CreateCounter<long>("goai.loop.early_stop", "{run}", "Runs whose loop was stopped before the model was done.");
        _workflowDuration = meter.CreateHistogram("gen_ai.invoke_workflow.duration", "s", "Time that workflows take.", tags: null, Buckets.WorkflowSeconds);
    }

    public void Started(RunRecord run)
    {
        _started.Add(1, new KeyValuePair<string, object?>("agent", run.AgentId));
        _aixgo.RunStarted(run);
    }

    public void Finished(RunRecord run, int modelCalls, int toolCalls)
    {
        var finishedAt = run.FinishedAt ?? run.CreatedAt;
        var seconds = (finishedAt - (run.StartedAt ?? finishedAt)).TotalSeconds;
        var tags = new TagList { { "agent", run.AgentId }, { "status", AgentJson.Word(run.Status) } };
        _duration.Record(seconds, tags);
        _elapsed.Record((finishedAt - run.CreatedAt).TotalSeconds, tags);
        tags.Add("termination_reason", run.TerminationReason);
        _finished.Add(1, tags);
        if (run.Kind == RunKind.Workflow)
            _workflowDuration.Record(seconds, WithError(run, new TagList { { WorkflowName, run.AgentId } }));
        else
            RecordAgent(run, seconds, modelCalls, toolCalls);
        if (run.TerminationReason is "hook_stopped" or "max_steps" or "budget_exceeded")
            _earlyStops.Add(1);
        _aixgo.RunFinished(run, seconds);
    }

    private void RecordAgent(RunRecord run, double seconds, int modelCalls, int toolCalls)
    {
        var agent = new KeyValuePair<string, object?>(AgentName, run.AgentId);
        _agentDuration.Record(seconds, WithError(run, new TagList { agent, new(RequestModel, run.Model) }));
        _inferenceCalls.Record(modelCalls, agent);
        _toolCalls.Record(toolCalls, agent);
    }

    private static TagList WithError(RunRecord run, TagList tags)
    {
        if (run.Status is RunStatus.Cancelled or RunStatus.Error)
            tags.Add(ErrorType, run.Error?.Code ?? (run.Status == RunStatus.Cancelled ? RunErrorCodes.RunCancelled : RunErrorCodes.Unknown));
        return tags;
    }
}
