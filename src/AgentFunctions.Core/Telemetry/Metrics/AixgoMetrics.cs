using System.Diagnostics.Metrics;
using AgentFunctions.Agents;
using AgentFunctions.Runs;

namespace AgentFunctions.Telemetry.Metrics;

/// <summary>
/// The metrics that Aixgo's guide documents, under its names, so that dashboards made for them show our runs. An agent's
/// messages are those it got (<c>user</c>), gave (<c>assistant</c>) and had from tools (<c>tool</c>).
/// </summary>
public sealed class AixgoMetrics
{
    private readonly Counter<long> _messages;
    private readonly Counter<long> _errors;
    private readonly Histogram<double> _agentSeconds;
    private readonly Counter<long> _requests;
    private readonly UpDownCounter<long> _input;
    private readonly UpDownCounter<long> _output;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _rounds;

    public AixgoMetrics(AgentMeter agentMeter)
    {
        var meter = agentMeter.Meter;
        _messages = meter.CreateCounter<long>("aixgo_agent_messages", null, "Messages of agents, by type.");
        _errors = meter.CreateCounter<long>("aixgo_agent_errors", null, "Runs of agents that ended in an error.");
        _agentSeconds = meter.CreateHistogram("aixgo_agent_duration", "s", "Time that agents work on a run.", tags: null, Buckets.PrometheusSeconds);
        _requests = meter.CreateCounter<long>("aixgo_llm_requests", null, "Model calls.");
        // A counter would be shown with the suffix _total, which the documented names of these two do not have.
        _input = meter.CreateUpDownCounter<long>("aixgo_llm_tokens_input", null, "Input tokens of model calls; it only grows.");
        _output = meter.CreateUpDownCounter<long>("aixgo_llm_tokens_output", null, "Output tokens of model calls; it only grows.");
        _latency = meter.CreateHistogram("aixgo_llm_latency", "s", "Time that model calls take.", tags: null, Buckets.PrometheusSeconds);
        _rounds = meter.CreateCounter<long>("aixgo_supervisor_rounds", null, "Rounds in which teams gave work to members.");
    }

    /// <summary>Shows the counters that nothing may count for long, so that a query finds them.</summary>
    public void Begin() => _rounds.Add(0);

    internal void RoundTaken(RunRecord team) => _rounds.Add(1, new KeyValuePair<string, object?>("supervisor", team.AgentId));

    internal void RunStarted(RunRecord run) => AddMessage(run.AgentId, "user");

    internal void RunFinished(RunRecord run, double seconds)
    {
        var agent = new KeyValuePair<string, object?>("agent", run.AgentId);
        _agentSeconds.Record(seconds, agent);
        _errors.Add(run.Status == RunStatus.Error ? 1 : 0, agent);
    }

    internal void ModelCalled(AgentDefinition agent, ModelStepResult result)
    {
        var succeeded = result.Status == ModelStepStatus.Succeeded;
        var provider = new KeyValuePair<string, object?>("provider", agent.Model.Provider);
        var model = new KeyValuePair<string, object?>("model", agent.Model.Model);
        _requests.Add(1, provider, model, new("status", succeeded ? "success" : "error"));
        _input.Add(result.Usage.PromptTokens, provider, model);
        _output.Add(result.Usage.CompletionTokens, provider, model);
        _latency.Record((result.EndedAt - result.StartedAt).TotalSeconds, provider, model);
        if (succeeded)
            AddMessage(agent.Name, "assistant");
    }

    internal void ToolExecuted(AgentDefinition agent) => AddMessage(agent.Name, "tool");

    private void AddMessage(string agent, string type) => _messages.Add(1, new("agent", agent), new("type", type));
}
