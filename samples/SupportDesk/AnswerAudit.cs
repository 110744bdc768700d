// The audit hook: who was answered by which agent and what was done, on record for good, off the response path.
using System.Text.Json.Nodes;
using AgentFunctions.Audit;
using AgentFunctions.Hooks;

namespace SupportDesk;

/// <summary>A background post-hook: it runs after the answer is out, and again after a crash. The key makes it one record.</summary>
public sealed class AnswerAudit(IAuditLog log, TimeProvider time) : IRunHook
{
    public async ValueTask<HookVerdict> CheckAsync(RunHookContext context, CancellationToken cancellationToken)
    {
        await log.AppendAsync(new AuditEntry
        {
            Kind = "custom.answer",
            At = time.GetUtcNow(),
            Actor = context.Run.AgentId,
            RunId = context.Run.RunId,
            SessionId = context.Run.SessionId,
            UserId = context.Run.UserId,
            AgentId = context.Run.AgentId,
            Details = new JsonObject { ["status"] = context.Run.Status.ToString(), ["steps"] = context.Run.Steps, ["cost_usd"] = context.Run.CostUsd },
            Key = $"answer:{context.Run.RunId}",
        }, cancellationToken);
        return HookVerdict.Pass;
    }
}
