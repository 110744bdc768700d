// Run history on Azure: the Durable extension's own management endpoint, which every back end answers.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AgentFunctions.Azure;

/// <summary>
/// Reads history with <c>showHistory</c>. The client's own history call is not on every back end, so it is not used.
/// </summary>
internal sealed class ManagementRunHistory(HttpClient http) : IRunHistory
{
    public async Task<JsonArray?> GetAsync(DurableTaskClient client, string instanceId, CancellationToken cancellationToken)
    {
        var status = client.CreateHttpManagementPayload(instanceId).StatusQueryGetUri
            ?? throw new InvalidOperationException("The Durable extension gave no management address.");
        var separator = status.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        using var response = await http.GetAsync(new Uri($"{status}{separator}showHistory=true&showHistoryOutput=true"), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        response.EnsureSuccessStatusCode();
        var instance = await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
        return instance?["historyEvents"]?.DeepClone().AsArray();
    }
}
