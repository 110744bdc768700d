// Approvals: the queue, one of them, and deciding it.
using System.Text.Json.Nodes;
using AgentFunctions.Approvals;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Http;

public sealed class ApprovalEndpoints(Api api, IApprovalStore approvals, ApprovalResolver resolver)
{
    // Azure would also match the route of the count.
    private const string OneApproval = "api/v1/approvals/{approvalId:regex(^(?!count$))}";

    /// <summary>Beyond this many the count stays at this number.</summary>
    private const int MostCounted = 10_000;

    [Function("ListApprovals")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/approvals")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var query = QueryOf(request);
            var page = await Query.PageAsync(() => approvals.ListAsync(query, aborted));
            return Api.List(page.Items.Select(ApprovalJson.Of), page.NextCursor);
        });

    [Function("CountApprovals")]
    public Task<IResult> CountAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/approvals/count")] HttpRequest request) =>
        api.AnswerAsync(request, async aborted =>
        {
            var count = await approvals.CountAsync(QueryOf(request), MostCounted, aborted);
            return Api.Json(new JsonObject { ["count"] = count.Count, ["oldest_created_at"] = count.OldestAt });
        });

    [Function("GetApproval")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = OneApproval)] HttpRequest request, string approvalId) =>
        api.AnswerAsync(request, async aborted =>
            Api.Json(ApprovalJson.Of(await approvals.GetAsync(approvalId, aborted) ?? throw ApiException.ApprovalNotFound(approvalId))));

    /// <summary>200 with the approval, which may still need other votes; 409 when it, or this person, has decided.</summary>
    [Function("ResolveApproval")]
    public Task<IResult> ResolveAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "api/v1/approvals/{approvalId}/resolve")] HttpRequest request,
        string approvalId, [DurableClient] DurableTaskClient client) =>
        api.AnswerAsync(request, async aborted =>
        {
            var vote = await ResolveRequest.ReadAsync(request, aborted);
            try
            {
                var voted = await resolver.VoteAsync(client, approvalId, vote.At, aborted);
                return Api.Json(ApprovalJson.Of(voted ?? throw ApiException.ApprovalNotFound(approvalId)));
            }
            catch (ApprovalRefusedException e)
            {
                throw Refused(e, approvalId);
            }
        });

    private static ApprovalQuery QueryOf(HttpRequest request)
    {
        // Every approval here is required; the parameter is known so that clients of the field's API can send it.
        Query.OneOf(request, "approval_type", "required");
        return new ApprovalQuery(
            Query.Word<ApprovalStatus>(request, "status"), Query.Word<ApprovalSource>(request, "source_type"), Query.Word<ApprovalPause>(request, "pause_type"),
            Query.Text(request, "run_id"), Query.Text(request, "session_id"), Query.Text(request, "agent_id"), Query.Text(request, "team_id"),
            Query.Text(request, "workflow_id"), Query.Text(request, "user_id"), Query.Time(request, "from"), Query.Time(request, "to"),
            Query.Limit(request), Query.Text(request, "cursor"));
    }

    private static ApiException Refused(ApprovalRefusedException refusal, string approvalId)
    {
        var details = new JsonObject { ["approval_id"] = approvalId };
        return refusal.Reason switch
        {
            ApprovalRefusal.Decided => new ApiException(409, "approval_decided", refusal.Message, details),
            ApprovalRefusal.NotAnApprover => new ApiException(403, "not_an_approver", refusal.Message, details),
            _ => ApiException.Invalid(refusal.Message, details),
        };
    }
}
