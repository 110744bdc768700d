// A support desk: a supervisor with two members, an MCP server, a knowledge folder, a refund tool and an audit hook.
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using AgentFunctions.Local;
using Microsoft.Extensions.DependencyInjection;
using SupportDesk;

// The same program is also the MCP server of orders that the agents talk to, as a process of its own.
if (args is ["orders-server"])
    return await OrdersServer.RunAsync();

// support-desk.yaml names these.
Environment.SetEnvironmentVariable("SUPPORT_DESK", Path.Combine(AppContext.BaseDirectory, "SupportDesk.dll"));
Environment.SetEnvironmentVariable("SUPPORT_DESK_KNOWLEDGE", Path.Combine(AppContext.BaseDirectory, "knowledge"));
var ledger = Environment.GetEnvironmentVariable("SUPPORT_DESK_LEDGER") ?? "refunds.jsonl";

return await new AgentApp
{
    Config = Path.Combine(AppContext.BaseDirectory, "support-desk.yaml"),
    Configure = services => services
        .AddSingleton(new RefundLedger(ledger))
        .AddAgentTools<RefundTools>()
        .AddPostHook<AnswerAudit>("answer_audit"),
}.RunAsync(args);
