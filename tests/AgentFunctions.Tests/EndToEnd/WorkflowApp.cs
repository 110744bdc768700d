// One executable with workflows of every kind of step, on scripted models and a tool server that counts.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class WorkflowApp : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private FakeHttpTool? _tool;
    private AppProcess? _app;

    public HttpClient Http => _app!.Http;

    internal FakeHttpTool Tool => _tool!;

    public async Task InitializeAsync()
    {
        _tool = await FakeHttpTool.StartNewAsync();
        _app = await AppProcess.StartAsync(Path.Combine(_folder.Path, "data"), _folder.Write("agents.yaml", Config(_tool.Address.ToString().TrimEnd('/'))));
    }

    public async Task DisposeAsync()
    {
        await _app!.DisposeAsync();
        await _tool!.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A run of the workflow, which must be over within the wait.</summary>
    public async Task<JsonObject> RunAsync(string workflow, string input)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/workflows/{workflow}/run?wait=60", new { input });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    public async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    /// <summary>The steps of a run as they are listed, each with the steps within it.</summary>
    public async Task<JsonArray> StepsAsync(JsonObject run) => (await GetAsync($"/api/v1/runs/{run["run_id"]}/steps"))["data"]!.AsArray();

    private static string Config(string tools) => $$$"""
        models:
          echo: { provider: scripted, script: [ { say: "<{input}>" } ] }
          slow: { provider: scripted, script: [ { say: "one two three four five six seven eight nine ten", delay_ms: 60000 } ] }
          facts: { provider: scripted, script: [ { say: '{"topic": "cats", "score": 7}' } ] }
        agents:
          - { name: echo, model: echo, prompt: Echo. }
          - { name: slow, model: slow, prompt: Take your time. }
          - { name: facts, model: facts, prompt: Answer as JSON. }
        tools:
          - name: fetch
            description: Fetches a page.
            parameters: { type: object, properties: { page: { type: string } }, required: [page] }
            http: { method: GET, url: "{{{tools}}}/pages/{page}" }
          - { name: pay, parameters: {}, http: { method: POST, url: "{{{tools}}}/pay" }, approval: required }
          - { name: lapse, parameters: {}, http: { method: POST, url: "{{{tools}}}/lapse" }, approval: { expires_after: 1s, on_expiry: fail } }
        workflows:
          - name: report
            description: Steps of many kinds.
            steps:
              - { id: draft, agent: echo, input: "draft {{input}}" }
              - id: both
                parallel:
                  - { id: left, agent: echo, input: "left of {{steps.draft.output}}" }
                  - { id: right, agent: echo, input: right }
              - { id: note, set: { joined: "{{steps.both.output.left}}+{{steps.both.output.right}}", size: 3 } }
              - id: size
                condition:
                  if: state.size > 2
                  then: [ { id: big, agent: echo, input: big } ]
                  else: [ { id: small, agent: echo, input: small } ]
              - { id: never, agent: echo, when: state.size > 5 }
            output: "{{state.joined}} {{steps.size.output}}"

          - name: refine
            steps:
              - id: rounds
                loop:
                  max_iterations: 5
                  until: steps.again.output contains 'round 3'
                  steps: [ { id: again, agent: echo, input: "round {{loop.iteration}}" } ]

          - name: limited
            steps:
              - id: rounds
                loop: { max_iterations: 2, until: "steps.again.output == 'never'", steps: [ { id: again, agent: echo, input: "round {{loop.iteration}}" } ] }

          - name: desk
            steps:
              - { id: read, agent: facts }
              - id: by_topic
                router:
                  choose: steps.read.output.topic
                  routes:
                    dogs: [ { id: dogs, agent: echo, input: woof } ]
                    cats: [ { id: cats, agent: echo, input: "meow {{steps.read.output.score}}" } ]

          - name: nested
            steps: [ { id: inner, workflow: refine, input: "{{input}}" }, { id: last, agent: echo, input: "{{steps.inner.output}}" } ]

          - name: pages
            steps:
              - { id: first, tool: fetch, arguments: { page: "{{input}}" } }
              - { id: count, function: word_count, input: "{{steps.first.output.path}} and more" }
              - id: short
                condition: { if: { function: is_short }, then: [ { id: yes, agent: echo, input: "{{steps.count.output.words}} words" } ] }

          - name: stubborn
            steps:
              - { id: broken, tool: fetch, arguments: { page: 5 }, retry: { max_attempts: 3, backoff: 10ms }, fallback: [ { id: instead, agent: echo, input: instead } ] }

          - name: failing
            steps:
              - id: around
                sequence: [ { id: inside, tool: fetch, arguments: {} } ]
              - { id: after, agent: echo }

          - name: hasty
            steps: [ { id: wait, agent: slow, timeout: 300ms, fallback: [ { id: gave_up, agent: echo, input: gave up } ] } ]

          - name: limited_time
            steps: [ { id: wait, agent: slow, timeout: 300ms, retry: { max_attempts: 2, backoff: 10ms } }, { id: after, agent: echo } ]

          - name: undecided_condition
            steps: [ { id: odd, condition: { if: state.size > 2, then: [ { id: big, agent: echo } ] } }, { id: after, agent: echo } ]

          - name: undecided_when
            steps: [ { id: odd, agent: echo, when: state.size > 2 }, { id: after, agent: echo } ]

          - name: undecided_loop
            steps: [ { id: odd, loop: { until: state.size > 2, steps: [ { id: again, agent: echo } ] } }, { id: after, agent: echo } ]

          - name: no_route
            steps: [ { id: odd, router: { choose: input, routes: { dogs: [ { id: dogs, agent: echo } ] } } }, { id: after, agent: echo } ]

          - name: patient
            steps:
              - id: both
                parallel: [ { id: slow, agent: slow }, { id: quick, agent: echo, input: quick } ]

          - name: brittle
            steps:
              - id: both
                parallel: [ { id: slow, agent: slow }, { id: broken, tool: fetch, arguments: {} } ]

          - name: asks
            steps:
              - { id: draft, agent: echo, input: "draft {{steps.ok.output.note}}" }
              - { id: ok, human: { prompt: "Send {{steps.draft.output}}?", on_reject: retry } }
              - { id: sent, agent: echo, input: "sent {{steps.draft.output}}" }

          - name: asks_once
            steps:
              - { id: ok, human: { prompt: Go on?, on_reject: cancel } }
              - { id: after, agent: echo, input: after }

          - name: asks_else
            steps:
              - { id: ok, human: { prompt: Go on?, type: user_input, fields: [reason], on_reject: else, else: [ { id: instead, agent: echo, input: instead } ] } }
              - { id: after, agent: echo, input: "{{steps.ok.output.values.reason}}{{steps.instead.output}}" }

          - name: hurries
            steps:
              - { id: ok, human: { prompt: Go on?, expires_after: 200ms, on_timeout: approve } }
              - { id: after, agent: echo, input: "{{steps.ok.output.decision}}" }

          - name: pays
            steps:
              - id: around
                sequence: [ { id: pay, tool: pay, retry: { max_attempts: 3, backoff: 10ms } } ]
                retry: { max_attempts: 2, backoff: 10ms }
                fallback: [ { id: instead, agent: echo, input: instead } ]

          - name: lapses
            steps:
              - id: around
                sequence: [ { id: lapse, tool: lapse, retry: { max_attempts: 3, backoff: 10ms } } ]
                fallback: [ { id: instead, agent: echo, input: instead } ]
              - { id: after, agent: echo, input: after }

          - name: endless
            max_steps: 5
            steps: [ { id: again, loop: { max_iterations: 1000, steps: [ { id: tick, set: { tick: "{{loop.iteration}}" } } ] } } ]
        """;
}
