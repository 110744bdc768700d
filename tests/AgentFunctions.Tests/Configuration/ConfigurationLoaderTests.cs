using AgentFunctions.Agents;
using AgentFunctions.Configuration;
using AgentFunctions.Tools;

namespace AgentFunctions.Tests.Configuration;

/// <summary>What a valid file loads to.</summary>
public sealed class ConfigurationLoaderTests
{
    private const string FullSample = """
        supervisor: { name: coordinator, max_rounds: 10 }
        observability:
          tracing: true                 # one switch for every agent, team and workflow
          service_name: agentfunctions
          sampling_rate: 1.0            # of what is exported; the own store sees every run
          metrics: true
          traces: { store: sqlite, retention_days: 90, processor: batch, max_queue_size: 2048, max_export_batch_size: 512, schedule_delay_ms: 5000 }
          exporters:                    # copies; S2's short form (exporter/endpoint/headers) is accepted too
            - { name: tempo, type: otlp, protocol: grpc, endpoint: "http://localhost:4317", headers: { authorization: "Bearer ${GRAFANA_API_KEY}" } }
            - { name: langfuse, type: langfuse, public_key: "${LANGFUSE_PUBLIC_KEY}", secret_key: "${LANGFUSE_SECRET_KEY}" }
        models:
          fast: { provider: openai, base_url: "http://localhost:11434/v1", api_key: "${OPENAI_API_KEY}", model: gpt-4o-mini }
        tools:
          - name: get_weather
            description: Current weather of a city.
            parameters: { type: object, properties: { city: { type: string } }, required: [city] }
            http: { method: GET, url: "https://weather.example/{city}" }
            effect: pure                # pure | idempotent | once
            approval: none              # none | required
            timeout_seconds: 30
        agents:
          - name: weather
            role: react
            model: fast                 # a key of models, or provider/model
            prompt: You answer questions about the weather.
            tools: [get_weather]
            max_steps: 8
            budget: { tokens: 20000, cost_usd: 0.05, seconds: 120 }
        """;

    [Fact]
    public void The_full_sample_loads()
    {
        var configuration = TemporaryFile.Load(FullSample, name => name.EndsWith("_KEY", StringComparison.Ordinal) ? $"value of {name}" : null);

        Assert.Equal(["weather", "coordinator"], configuration.Agents.Select(a => a.Name));
        var agent = configuration.Agents[0];
        Assert.Equal(("weather", "react", 8), (agent.Name, agent.Role, agent.MaxSteps));
        Assert.Equal(new RunBudget(20000, 0.05m, 120), agent.Budget);
        Assert.Equal(("fast", "openai", "gpt-4o-mini", "http://localhost:11434/v1"), (agent.Model.Key, agent.Model.Provider, agent.Model.Model, agent.Model.BaseUrl));
        var tool = Assert.Single(agent.Tools);
        Assert.Equal((ToolEffect.Pure, 30, "GET", "https://weather.example/{city}"), (tool.Effect, tool.TimeoutSeconds, tool.Http!.Method, tool.Http.Url));
        Assert.Equal(["tempo", "langfuse"], configuration.Observability.Exporters.Select(e => e.Name));
        Assert.Equal("grpc", configuration.Observability.Exporters[0].Protocol);
        Assert.Equal(("sqlite", "batch", 2048), (configuration.Observability.Traces.Store, configuration.Observability.Traces.Processor, configuration.Observability.Traces.MaxQueueSize));
    }

    [Fact]
    public void Secrets_keep_their_variables_and_other_texts_are_expanded()
    {
        var configuration = TemporaryFile.Load(
            """
            observability:
              service_name: ${NAME}
              exporter: otlp
              endpoint: http://${NAME}:4318
              headers: { authorization: "Bearer ${SECRET}" }
            models:
              m: { provider: openai, base_url: "http://${NAME}/v1", api_key: "${SECRET}", model: "${NAME}" }
            tools:
              - { name: t, http: { method: POST, url: "https://${NAME}/x?key=${SECRET}", headers: { x-key: "${SECRET}" } } }
            agents:
              - { name: a, model: m, prompt: "I am ${NAME}, not $${NAME}; ${UNSET:-nobody} pays $5.", tools: [t] }
            """,
            name => name switch { "NAME" => "ada", "SECRET" => "s3cret", _ => null });

        var agent = configuration.Agents[0];
        Assert.Equal("I am ada, not ${NAME}; nobody pays $5.", agent.Prompt);
        Assert.Equal(("ada", "http://ada/v1", "${SECRET}"), (agent.Model.Model, agent.Model.BaseUrl, agent.Model.ApiKey));
        Assert.Equal("https://${NAME}/x?key=${SECRET}", agent.Tools[0].Http!.Url);
        Assert.Equal("${SECRET}", agent.Tools[0].Http!.Headers!["X-Key"]);
        Assert.Equal("ada", configuration.Observability.ServiceName);
        Assert.Equal(("default", "http://ada:4318", "Bearer ${SECRET}"),
            (configuration.Observability.Exporters[0].Name, configuration.Observability.Exporters[0].Endpoint, configuration.Observability.Exporters[0].Headers["authorization"]));
        Assert.DoesNotContain("s3cret", AgentJson.Serialize(configuration.Agents), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_named_provider_slash_model_takes_the_providers_usual_key()
    {
        var configuration = TemporaryFile.Load(
            "agents: [{ name: a, model: anthropic/claude-sonnet-4-5, prompt: p }]", name => name == "ANTHROPIC_API_KEY" ? "k" : null);
        var model = configuration.Agents[0].Model;
        Assert.Equal(("anthropic/claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5", "${ANTHROPIC_API_KEY}"), (model.Key, model.Provider, model.Model, model.ApiKey));
    }

    [Fact]
    public void An_agents_own_sampling_settings_override_its_models()
    {
        var configuration = TemporaryFile.Load(
            """
            models: { m: { provider: ollama, model: x, temperature: 0.7, max_tokens: 100 } }
            agents:
              - { name: a, model: m, prompt: p, temperature: 0.1 }
              - { name: b, model: m, prompt: p, max_tokens: 50 }
            """);
        Assert.Equal((0.1, 100), (configuration.Agents[0].Model.Temperature, configuration.Agents[0].Model.MaxTokens));
        Assert.Equal((0.7, 50), (configuration.Agents[1].Model.Temperature, configuration.Agents[1].Model.MaxTokens));
    }

    [Fact]
    public void Anchors_and_aliases_work()
    {
        var configuration = TemporaryFile.Load(
            """
            models: { m: { provider: ollama, model: x } }
            agents:
              - { name: a, model: m, prompt: p, budget: &small { tokens: 10 } }
              - { name: b, model: m, prompt: p, budget: *small }
            """);
        Assert.Equal(10, configuration.Agents[1].Budget!.Tokens);
    }

    [Fact]
    public void A_scripts_rules_load_with_arguments_of_every_type()
    {
        var configuration = TemporaryFile.Load(
            """
            models:
              demo:
                provider: scripted
                script:
                  - when: weather in (?<city>\w+)$
                    think: I should look it up.
                    say: One moment.
                    call: [{ tool: get_weather, arguments: { city: "{city}", days: 3, exact: true, share: 0.5, tags: [a, null], code: "007" } }]
                    delay_ms: 5
                  - { after_tool: get_weather, step: 2, say: "It is {result}." }
            agents: [{ name: a, model: demo, prompt: p }]
            """,
            null, Tool("get_weather"));
        var rules = configuration.Agents[0].Model.Script!;
        Assert.Equal(("weather in (?<city>\\w+)$", "I should look it up.", "One moment.", 5), (rules[0].When, rules[0].Think, rules[0].Say, rules[0].DelayMs));
        Assert.Equal("""{"city":"{city}","days":3,"exact":true,"share":0.5,"tags":["a",null],"code":"007"}""", rules[0].Call![0].Arguments!.ToJsonString());
        Assert.Equal(("get_weather", 2), (rules[1].AfterTool, rules[1].Step));
    }

    [Theory]
    [InlineData("GET", ToolEffect.Pure)]
    [InlineData("HEAD", ToolEffect.Pure)]
    [InlineData("PUT", ToolEffect.Idempotent)]
    [InlineData("DELETE", ToolEffect.Idempotent)]
    [InlineData("POST", ToolEffect.Once)]
    [InlineData("PATCH", ToolEffect.Once)]
    public void An_HTTP_tools_default_effect_follows_its_method(string method, ToolEffect effect)
    {
        var configuration = TemporaryFile.Load($"tools: [{{ name: t, http: {{ method: {method}, url: https://x.example }} }}]");
        Assert.Equal(effect, configuration.Tools[0].Effect);
    }

    [Fact]
    public void A_tools_schema_is_closed_unless_it_says_otherwise()
    {
        var configuration = TemporaryFile.Load(
            """
            tools:
              - { name: t, parameters: { properties: { q: { type: string } } }, http: { method: GET, url: "https://x.example" } }
              - { name: u, parameters: { additionalProperties: true }, http: { method: GET, url: "https://x.example" } }
              - { name: v, http: { method: GET, url: "https://x.example" } }
            """);
        Assert.Equal("""{"properties":{"q":{"type":"string"}},"type":"object","additionalProperties":false}""", configuration.Tools[0].Parameters.GetRawText());
        Assert.Equal("""{"additionalProperties":true,"type":"object","properties":{}}""", configuration.Tools[1].Parameters.GetRawText());
        Assert.Equal("""{"type":"object","properties":{},"additionalProperties":false}""", configuration.Tools[2].Parameters.GetRawText());
    }

    [Fact]
    public void An_agent_may_use_a_tool_registered_in_code()
    {
        var configuration = TemporaryFile.Load(
            "agents: [{ name: a, model: ollama/x, prompt: p, tools: [add] }]", null, Tool("add"));
        Assert.Equal("add", configuration.Agents[0].Tools[0].Name);
    }

    [Fact]
    public void The_other_way_to_write_a_Langfuse_exporter_is_accepted()
    {
        var configuration = TemporaryFile.Load(
            "observability: { llm_observability: { enabled: true, provider: langfuse, public_key: p, secret_key: \"${S}\" } }", name => name == "S" ? "x" : null);
        var exporter = Assert.Single(configuration.Observability.Exporters);
        Assert.Equal(("langfuse", "p", "${S}"), (exporter.Type, exporter.Settings["public_key"], exporter.Settings["secret_key"]));
    }

    private static ToolDefinition Tool(string name) =>
        new() { Name = name, Parameters = System.Text.Json.JsonDocument.Parse("""{"type":"object"}""").RootElement };
}
