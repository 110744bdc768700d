// Which agents, teams and workflows there are.
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Hooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class AgentEndpoints(Api api, IAgentCatalog catalog)
{
    [Function("ListAgents")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/agents")] HttpRequest request) =>
        ListAsync(request, RunKind.Agent);

    [Function("GetAgent")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/agents/{agentId}")] HttpRequest request, string agentId) =>
        GetAsync(request, RunKind.Agent, agentId);

    [Function("ListTeams")]
    public Task<IResult> ListTeamsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/teams")] HttpRequest request) =>
        ListAsync(request, RunKind.Team);

    [Function("GetTeam")]
    public Task<IResult> GetTeamAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/teams/{teamId}")] HttpRequest request, string teamId) =>
        GetAsync(request, RunKind.Team, teamId);

    [Function("ListWorkflows")]
    public Task<IResult> ListWorkflowsAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/workflows")] HttpRequest request) =>
        ListAsync(request, RunKind.Workflow);

    [Function("GetWorkflow")]
    public Task<IResult> GetWorkflowAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/workflows/{workflowId}")] HttpRequest request, string workflowId) =>
        GetAsync(request, RunKind.Workflow, workflowId);

    private Task<IResult> ListAsync(HttpRequest request, RunKind kind) =>
        api.AnswerAsync(request, _ => Task.FromResult(Api.List(catalog.Agents.Where(a => a.Kind == kind).Select(Json))));

    private Task<IResult> GetAsync(HttpRequest request, RunKind kind, string name) =>
        api.AnswerAsync(request, _ => Task.FromResult(Api.Json(Json(catalog.Require(kind, name)))));

    private JsonObject Json(AgentDefinition definition) => PinnedJson(catalog.WithServerTools(definition));

    // As a run would have it that starts now.
    private static JsonObject PinnedJson(AgentDefinition agent) => new()
    {
        ["id"] = agent.Name,
        ["name"] = agent.Name,
        ["description"] = agent.Description,
        ["kind"] = AgentJson.Word(agent.Kind),
        ["members"] = agent.Kind == RunKind.Agent ? null : new JsonArray([.. agent.Members.Select(m => JsonValue.Create(m.Name))]),
        ["mode"] = agent.Team is { Mode: var mode } ? AgentJson.Word(mode) : null,
        ["max_rounds"] = agent.Team?.MaxRounds,
        ["role"] = agent.Role,
        ["prompt"] = agent.Prompt,
        ["model"] = new JsonObject { ["key"] = agent.Model.Key, ["provider"] = agent.Model.Provider, ["model"] = agent.Model.Model },
        ["fallback_models"] = new JsonArray([.. (agent.Model.Fallbacks ?? []).Select(model => JsonValue.Create(model.Key))]),
        ["tools"] = new JsonArray([.. agent.Tools.Select(tool => new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description,
            ["effect"] = AgentJson.Word(tool.Effect),
            ["parameters"] = JsonNode.Parse(tool.Parameters.GetRawText()),
        })]),
        ["pre_hooks"] = Names(agent.PreHooks),
        ["post_hooks"] = Names(agent.PostHooks),
        ["output"] = JsonSerializer.SerializeToNode(agent.Output, AgentJson.Options),
        ["max_steps"] = agent.MaxSteps,
        ["definition_hash"] = agent.Hash,
    };

    private static JsonArray Names(IReadOnlyList<HookDefinition>? hooks) => [.. (hooks ?? []).Select(hook => JsonValue.Create(hook.Name))];
}
