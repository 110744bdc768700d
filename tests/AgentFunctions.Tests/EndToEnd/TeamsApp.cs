// One running app with a team of every mode, for the tests of teams over HTTP.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

/// <summary>Its models are scripted: who says what is written in <see cref="Config"/>.</summary>
public sealed class TeamsApp : IAsyncLifetime
{
    internal const string Config = """
        supervisor: { name: boss, model: best, max_rounds: 2, system_prompt: You are the boss. }
        models:
          best:
            provider: scripted
            script:
              - { after_tool: delegate_to_writer, say: "The boss heard: {result}" }
              - { call: [ { tool: delegate_to_writer, arguments: { task: "write about {input}" } } ] }
          chief:
            provider: scripted
            script:
              - { when: "^refund", after_tool: delegate_to_billing, say: "Billing says: {result}" }
              - { when: "^refund (?<order>.+)", call: [ { tool: delegate_to_billing, arguments: { task: "refund {order}" } } ] }
              - when: "^both"
                step: 1
                call:
                  - { tool: delegate_to_billing, arguments: { task: "count" } }
                  - { tool: delegate_to_writer, arguments: { task: "write" } }
              - { when: "^both", after_tool: delegate_to_writer, say: "both answered" }
              - { when: "^fail", after_tool: delegate_to_broken, say: "It failed: {result.error}, so I answer myself." }
              - { when: "^fail", call: [ { tool: delegate_to_broken, arguments: { task: "try" } } ] }
              - { when: "^forever", call: [ { tool: delegate_to_billing, arguments: { task: "again" } } ] }
              - { say: "I know that myself: {input}" }
          billing: { provider: scripted, script: [ { say: "billing did: {input}" } ] }
          writer: { provider: scripted, script: [ { say: "writer wrote: {input}" } ] }
          broken: { provider: scripted, script: [ { when: "^never$", say: "never" } ] }
          slow: { provider: scripted, script: [ { say: "one two three four five six seven eight nine ten", delay_ms: 2000 } ] }
          slow-chief: { provider: scripted, script: [ { call: [ { tool: delegate_to_slow, arguments: { task: "dawdle" } } ] } ] }
          router: { provider: scripted, script: [ { when: "refund", call: [ { tool: delegate_to_billing, arguments: { task: "routed {input}" } }, { tool: delegate_to_writer, arguments: { task: "not me" } } ] }, { say: "nobody fits" } ] }
          judge: { provider: scripted, script: [ { say: "Judged: {input}" } ] }
          outer: { provider: scripted, script: [ { after_tool: delegate_to_desk, say: "The desk said: {result}" }, { call: [ { tool: delegate_to_desk, arguments: { task: "refund {input}" } } ] } ] }
          loop: { provider: scripted, script: [ { call: [ { tool: get_weather, arguments: { city: Oslo } } ] } ] }
          thrifty: { provider: scripted, script: [ { after_tool: delegate_to_looper, say: "The looper failed: {result.error}" }, { call: [ { tool: delegate_to_looper } ] } ] }
          no-price: { provider: openai, base_url: "http://127.0.0.1:1/v1", api_key: key, model: no-price }
        agents:
          - { name: stranger, model: no-price, prompt: You cost what you cost. }
          - { name: looper, model: loop, prompt: You loop., tools: [get_weather], max_steps: 20 }
          - { name: billing, model: billing, prompt: You do billing. }
          - { name: writer, model: writer, prompt: You write. }
          - { name: broken, model: broken, prompt: You fail. }
          - { name: slow, model: slow, prompt: You are slow. }
        teams:
          - { name: desk, model: chief, members: [billing, writer, broken], max_rounds: 3 }
          - { name: company, model: outer, members: [desk] }
          - { name: guarded, model: chief, members: [billing], pre_hooks: [prompt_injection] }
          - { name: routed, mode: route, model: router, members: [billing, writer] }
          - { name: panel, mode: broadcast, members: [billing, broken, writer] }
          - { name: jury, mode: broadcast, model: judge, members: [billing, writer] }
          - { name: hopeless, mode: broadcast, members: [broken] }
          - { name: relay, mode: round_robin, members: [billing, writer] }
          - { name: counter, mode: manual, members: [billing, writer] }
          - { name: dawdlers, model: slow-chief, members: [slow] }
          - { name: priced, mode: broadcast, members: [stranger] }
          - { name: poor, model: thrifty, members: [looper], budget: { tokens: 200 } }
          - { name: thrifty, model: thrifty, members: [ { name: looper, budget: { tokens: 1 } } ] }
        """;

    private readonly TempFolder _folder = new();
    private AppProcess? _app;

    internal HttpClient Http => _app!.Http;

    public async Task InitializeAsync() =>
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", Config));

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Runs a team to its end.</summary>
    internal async Task<JsonNode> RunAsync(string team, string input, object? more = null)
    {
        var body = new JsonObject { ["input"] = input };
        foreach (var (name, value) in more is null ? [] : Json(more))
            body[name] = value?.DeepClone();
        var response = await Http.PostAsJsonAsync($"/api/v1/teams/{team}/run", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    internal async Task<JsonNode> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>The runs that a run gave to members, oldest first.</summary>
    internal async Task<IReadOnlyList<JsonNode>> MembersOfAsync(JsonNode run)
    {
        var list = await GetAsync($"/api/v1/runs?parent_run_id={Uri.EscapeDataString((string)run["run_id"]!)}");
        return [.. list["data"]!.AsArray().Reverse().Select(r => r!)];
    }

    /// <summary>All events of a run that is over.</summary>
    internal async Task<IReadOnlyList<SseFrame>> EventsOfAsync(JsonNode run)
    {
        var frames = new List<SseFrame>();
        Assert.True(await SseClient.ReadAsync(Http, SseClient.Resume((string)run["run_id"]!, []), frames));
        return frames;
    }

    private static JsonObject Json(object value) => JsonSerializer.SerializeToNode(value)!.AsObject();
}
