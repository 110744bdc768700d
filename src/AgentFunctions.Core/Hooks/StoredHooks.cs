// The hooks of a run, read back from its stored results: for spans that a crash kept from being written.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Hooks;

/// <summary>What the stored results of a run say of its hooks, besides those of model and tool calls, which the calls' own results hold.</summary>
public sealed class StoredHooks
{
    private readonly List<HookFacts> _hooks = [];
    private readonly List<GuardrailFacts> _guardrails = [];

    public StoredHooks(IReadOnlyList<RunResult> results)
    {
        foreach (var (key, json) in results)
        {
            if (key is RunCheck.InputKey or RunCheck.OutputKey)
                Add(AgentJson.Deserialize<RunCheckResult>(json));
            else if (key.StartsWith(StepDecision.KeyPrefix, StringComparison.Ordinal))
                _hooks.AddRange(AgentJson.Deserialize<StepDecision>(json).Hooks ?? []);
            else if (key.StartsWith(BackgroundHookJob.KeyPrefix, StringComparison.Ordinal))
                _hooks.Add(AgentJson.Deserialize<BackgroundHookResult>(json).Call);
            else if (key == FinishCalls.Key)
                _hooks.AddRange(AgentJson.Deserialize<FinishCalls>(json).Hooks ?? []);
        }
    }

    public IEnumerable<SpanFacts> Spans(RunRecord run, AgentDefinition agent, RunWork work) =>
    [
        .. _hooks.Concat(work.ModelCalls.SelectMany(call => call.Hooks ?? [])).Concat(work.ToolCalls.SelectMany(call => call.Hooks ?? []))
            .Select(hook => HookSpans.Of(run, agent, hook)),
        .. _guardrails.Select(guardrail => GuardrailSpans.Of(run, agent, guardrail)),
    ];

    private void Add(RunCheckResult check)
    {
        _hooks.AddRange(check.Hooks);
        _guardrails.AddRange(check.Guardrails);
    }
}
