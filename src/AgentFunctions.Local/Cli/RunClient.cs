// The HTTP side of `run`: starts a run and reads its events.
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace AgentFunctions.Local.Cli;

/// <summary>The server would not start the run; the message says why.</summary>
internal sealed class RunRefusedException(string message) : Exception(message);

internal sealed class RunClient(HttpClient http) : IDisposable
{
    private HttpResponseMessage? _response;

    public string? RunId { get; private set; }

    public async IAsyncEnumerable<(string Type, JsonObject Data)> StreamAsync(
        RunArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _response = await StartAsync(arguments, cancellationToken);
        if (!_response.IsSuccessStatusCode)
            throw new RunRefusedException(await ReasonAsync(_response, cancellationToken));
        RunId = _response.Headers.GetValues("x-run-id").First();
        await using var body = await _response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
            yield return (item.EventType, JsonNode.Parse(item.Data)!["data"]!.AsObject());
    }

    public void Dispose() => _response?.Dispose();

    // Names are of one space: what is no agent may be a team or a workflow.
    private async Task<HttpResponseMessage> StartAsync(RunArguments arguments, CancellationToken cancellationToken)
    {
        var asAgent = await PostAsync("agents", arguments, cancellationToken);
        if (asAgent.StatusCode != HttpStatusCode.NotFound)
            return asAgent;
        foreach (var kind in (string[])["teams", "workflows"])
        {
            var response = await PostAsync(kind, arguments, cancellationToken);
            if (response.StatusCode != HttpStatusCode.NotFound)
                return response;
            response.Dispose();
        }

        return asAgent;
    }

    private Task<HttpResponseMessage> PostAsync(string kind, RunArguments arguments, CancellationToken cancellationToken) => http.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{kind}/{Uri.EscapeDataString(arguments.Agent)}/run/stream") { Content = JsonContent.Create(Body(arguments)) },
        HttpCompletionOption.ResponseHeadersRead, cancellationToken);

    private static JsonObject Body(RunArguments arguments)
    {
        var body = new JsonObject { ["input"] = arguments.Input };
        if (arguments.Session is not null)
            body["session_id"] = arguments.Session;
        if (arguments.Model is not null)
            body["model"] = arguments.Model;
        return body;
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var error = (await response.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))?["error"];
        var known = error?["details"]?["agents"] is JsonArray agents ? $" Agents: {string.Join(", ", agents)}." : "";
        return $"{error?["code"]}: {error?["message"]}{known}";
    }
}
