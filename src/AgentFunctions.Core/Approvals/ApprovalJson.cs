// The JSON that the API, events and webhooks show of an approval: the columns of the field's approvals table, and ours.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;

namespace AgentFunctions.Approvals;

public static class ApprovalJson
{
    public static JsonObject Of(ApprovalRecord approval) => new()
    {
        ["id"] = approval.Id,
        ["run_id"] = approval.RunId,
        ["session_id"] = approval.SessionId,
        ["status"] = AgentJson.Word(approval.Status),
        ["source_type"] = AgentJson.Word(approval.SourceType),
        ["approval_type"] = "required",
        ["pause_type"] = AgentJson.Word(approval.PauseType),
        ["tool_name"] = approval.ToolName,
        ["tool_call_id"] = approval.CallId,
        ["tool_args"] = Node(approval.Arguments),
        ["step"] = approval.Step,
        ["agent_id"] = approval.AgentId,
        ["team_id"] = approval.TeamId,
        ["workflow_id"] = approval.WorkflowId,
        ["user_id"] = approval.UserId,
        ["source_name"] = SourceName(approval),
        ["requirements"] = Requirements(approval),
        ["context"] = Context(approval),
        ["quorum"] = approval.Quorum,
        ["approvers"] = approval.Approvers is { } approvers ? Texts(approvers) : null,
        ["votes"] = new JsonArray([.. approval.Votes.Select(vote => JsonSerializer.SerializeToNode(vote, AgentJson.Options))]),
        ["note"] = approval.Note,
        ["resolution_data"] = Resolution(approval),
        ["resolved_by"] = approval.ResolvedBy,
        ["resolved_at"] = approval.ResolvedAt,
        ["created_at"] = approval.CreatedAt,
        ["updated_at"] = approval.UpdatedAt,
        ["escalated_at"] = approval.EscalatedAt,
        ["expires_at"] = approval.ExpiresAt,
        ["links"] = new JsonObject
        {
            ["self"] = $"/api/v1/approvals/{approval.Id}",
            ["resolve"] = $"/api/v1/approvals/{approval.Id}/resolve",
            ["run"] = $"/api/v1/runs/{approval.RunId}",
        },
    };

    /// <summary>What is asked of the person, one item for each tool call.</summary>
    public static JsonArray Requirements(ApprovalRecord approval) => new(new JsonObject
    {
        ["id"] = approval.Id,
        ["pause_type"] = AgentJson.Word(approval.PauseType),
        ["tool_execution"] = new JsonObject
        {
            ["tool_call_id"] = approval.CallId,
            ["tool_name"] = approval.ToolName,
            ["tool_args"] = Node(approval.Arguments),
        },
        ["fields"] = approval.Fields is { } fields ? Texts(fields) : null,
    });

    /// <summary>What helps to decide.</summary>
    public static JsonObject Context(ApprovalRecord approval)
    {
        var context = approval.Context?.DeepClone().AsObject() ?? [];
        context["tool_names"] = Texts([approval.ToolName]);
        context["source_name"] = SourceName(approval);
        return context;
    }

    /// <summary>What came with the decision; null when nothing did.</summary>
    public static JsonObject? Resolution(ApprovalRecord approval)
    {
        if (approval.Resolution is not { } resolution)
            return null;
        var json = JsonSerializer.SerializeToNode(resolution, AgentJson.Options)!.AsObject();
        if (resolution.Arguments is not null)
            json["original_arguments"] = Node(approval.Arguments);
        return json;
    }

    public static string SourceName(ApprovalRecord approval) => approval.WorkflowId ?? approval.TeamId ?? approval.AgentId;

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    private static JsonNode? Node(JsonElement? value) => value is { } json ? JsonNode.Parse(json.GetRawText()) : null;
}
