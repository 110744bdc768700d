// The hooks of a run, read back from its stored results: for spans that a crash kept from being written.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Spans;

namespace AgentFunctions.Hooks;

/// <summary>What the stored results of a run say of its hooks.</summary>
public sealed class StoredHooks(IReadOnlyList<RunResult> results)
{
    private readonly RunCheckResult[] _checks =
        [.. results.Where(r => r.Key is RunCheck.InputKey or RunCheck.OutputKey).Select(r => AgentJson.Deserialize<RunCheckResult>(r.ResultJson))];

    public IEnumerable<SpanFacts> Spans(RunRecord run, AgentDefinition agent) =>
    [
        .. _checks.SelectMany(check => check.Hooks).Select(hook => HookSpans.Of(run, agent, hook)),
        .. _checks.SelectMany(check => check.Guardrails).Select(guardrail => GuardrailSpans.Of(run, agent, guardrail)),
    ];
}
