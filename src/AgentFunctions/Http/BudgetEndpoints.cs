// What sessions and users have used of their budgets.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Budgets;
using AgentFunctions.Runs;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

public sealed class BudgetEndpoints(Api api, BudgetAccounts accounts, BudgetPolicy policy, IAgentCatalog catalog, TimeProvider time)
{
    /// <summary>The account of <c>session_id</c>, and today's of <c>user_id</c>, beside the limits: those that hold for runs of <c>agent_id</c> (an agent, team or workflow), else the app's.</summary>
    [Function("GetBudgets")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/budgets")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var (session, user) = (Query.Text(request, "session_id"), Query.Text(request, "user_id"));
            if (session is null && user is null)
                throw ApiException.Invalid("Name whose budget: ?session_id=, ?user_id= or both.");
            var limits = LimitsOf(Query.Text(request, "agent_id"));
            var rows = new List<JsonNode>();
            if (session is not null)
                rows.Add(Json(BudgetStop.Session, session, await BudgetAccounts.OfSessionAsync(client, session, aborted), limits.Session));
            if (user is not null)
                rows.Add(Json(BudgetStop.User, user, await accounts.OfUserAsync(client, user, aborted), limits.UserPerDay));
            return Api.List(rows);
        });

    private SharedBudgets LimitsOf(string? agentId)
    {
        if (agentId is null)
            return policy.AppLimits;
        return catalog.TryGet(agentId, out var agent) ? policy.LimitsOf(agent) : throw ApiException.Invalid($"There is no agent, team or workflow '{agentId}'.");
    }

    private JsonObject Json(string scope, string id, BudgetLedger account, BudgetLimits? limits)
    {
        var reserved = account.Reserved(time.GetUtcNow());
        return new JsonObject
        {
            ["scope"] = scope,
            ["id"] = id,
            ["tokens"] = new JsonObject { ["used"] = account.Used.Tokens, ["reserved"] = reserved.Tokens, ["limit"] = limits?.Tokens },
            ["cost_usd"] = new JsonObject { ["used"] = account.Used.CostUsd, ["reserved"] = reserved.CostUsd, ["limit"] = limits?.CostUsd },
        };
    }
}
