// A hook that puts each run on the audit log.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Audit;

namespace AgentFunctions.Hooks;

/// <summary>
/// Appends an entry <c>custom.run</c>: how the run stands, which tools it called, what it used. No texts: the log outlives the
/// data it speaks of. A repeated call appends nothing.
/// </summary>
internal sealed class AuditHook(IAuditLog audit, TimeProvider time) : IRunHook
{
    public const string Kind = AuditKinds.CustomPrefix + "run";

    public async ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken)
    {
        var run = context.Run;
        await audit.AppendAsync(new AuditEntry
        {
            Kind = Kind,
            At = run.FinishedAt ?? time.GetUtcNow(),
            RunId = run.RunId,
            SessionId = run.SessionId,
            UserId = run.UserId,
            AgentId = run.AgentId,
            Details = new JsonObject
            {
                ["hook"] = context.Name,
                ["point"] = context.Point,
                ["status"] = AgentJson.Word(run.Status),
                ["termination_reason"] = run.TerminationReason,
                ["steps"] = run.Steps,
                ["tokens"] = run.Usage.TotalTokens,
                ["cost_usd"] = run.CostUsd,
                ["tools"] = new JsonArray([.. context.ToolCalls.Select(call => JsonValue.Create(call.Tool))]),
                ["error"] = run.Error?.Code,
            },
            Key = $"hook:{context.IdempotencyKey}",
        }, cancellationToken);
        return HookVerdict.Pass;
    }
}
