// Which agents there are.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AgentFunctions.Http;

public sealed class AgentEndpoints(Api api, IAgentCatalog catalog)
{
    [Function("ListAgents")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/agents")] HttpRequest request) =>
        api.AnswerAsync(request, _ => Task.FromResult(Api.List(catalog.Agents.Select(Json))));

    [Function("GetAgent")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/v1/agents/{agentId}")] HttpRequest request, string agentId) =>
        api.AnswerAsync(request, _ => catalog.TryGet(agentId, out var agent)
            ? Task.FromResult(Api.Json(Json(agent)))
            : throw ApiException.AgentNotFound(agentId, catalog.Agents.Select(a => a.Name)));

    private static JsonObject Json(AgentDefinition agent) => new()
    {
        ["id"] = agent.Name,
        ["name"] = agent.Name,
        ["description"] = agent.Description,
        ["role"] = agent.Role,
        ["prompt"] = agent.Prompt,
        ["model"] = new JsonObject { ["key"] = agent.Model.Key, ["provider"] = agent.Model.Provider, ["model"] = agent.Model.Model },
        ["tools"] = new JsonArray([.. agent.Tools.Select(tool => new JsonObject
        {
            ["name"] = tool.Name,
            ["description"] = tool.Description,
            ["effect"] = AgentJson.Word(tool.Effect),
            ["parameters"] = JsonNode.Parse(tool.Parameters.GetRawText()),
        })]),
        ["max_steps"] = agent.MaxSteps,
        ["definition_hash"] = agent.Hash,
    };
}
