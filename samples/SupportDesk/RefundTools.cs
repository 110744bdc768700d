// Paying money back: the tool that must never run twice, and not without a person above 100 US dollars.
using System.ComponentModel;
using AgentFunctions.Tools;

namespace SupportDesk;

/// <param name="Receipt">The same for the same call, however often it is looked up.</param>
public sealed record Refund(string Receipt, string OrderId, decimal Amount, string Reason);

public sealed class RefundTools(RefundLedger ledger)
{
    [AgentTool(Effect = ToolEffect.Once, ApprovalWhen = "amount > 100")]
    [Description("Pays money back to the card of an order. Above 100 US dollars a person decides.")]
    public Refund Refund(string orderId, [Description("US dollars")] decimal amount, string reason, ToolInvocation invocation)
    {
        var refund = new Refund($"receipt-{invocation.CallId}", orderId, amount, reason);
        ledger.Append(refund);
        return refund;
    }
}
