// A running executable with three finished runs to ask about.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;

namespace AgentFunctions.Tests.Traces;

/// <summary>Runs of three agents: weather (a tool) and broken (its model cannot be reached) by ann, echo by bob. Shared by the tests of a class.</summary>
public sealed class TracedApp : IAsyncLifetime
{
    private const string Config = """
        models:
          quick: { provider: scripted, model: quick-script, script: [{ say: "You said {input}." }] }
          calling:
            provider: scripted
            model: calling-script
            script:
              - { after_tool: get_weather, say: "It is {result.temperature} degrees." }
              - call: [{ tool: get_weather, arguments: { city: Paris } }]
          away: { provider: openai, model: away-model, base_url: "http://127.0.0.1:9/v1", api_key: "test-key", max_retries: 0 }
        agents:
          - { name: echo, model: quick, prompt: Repeat. }
          - { name: weather, model: calling, prompt: Look., tools: [get_weather] }
          - { name: broken, model: away, prompt: Fail. }
        """;

    private readonly TempFolder _folder = new();
    private AppProcess? _app;

    public HttpClient Http => App.Http;

    public JsonObject Weather { get; private set; } = [];

    public JsonObject Echo { get; private set; } = [];

    public JsonObject Broken { get; private set; } = [];

    internal AppProcess App => _app!;

    internal string Data => Path.Combine(_folder.Path, "data");

    internal string ConfigPath => Path.Combine(_folder.Path, "agents.yaml");

    public async Task InitializeAsync()
    {
        _app = await AppProcess.StartAsync(Data, _folder.Write("agents.yaml", Config));
        Weather = await RunAsync("weather", "ann", "ses-1");
        Echo = await RunAsync("echo", "bob", "ses-2");
        Broken = await RunAsync("broken", "ann", "ses-1");
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        _folder.Dispose();
    }

    public async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    public async Task<JsonObject> PostAsync(string path, string body)
    {
        using var response = await Http.PostAsync(path, new StringContent(body));
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private async Task<JsonObject> RunAsync(string agent, string user, string session)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input = "Hello", user_id = user, session_id = session });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
