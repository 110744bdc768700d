using AgentFunctions.Configuration;

namespace AgentFunctions.Tests.Configuration;

/// <summary>What an invalid file says: line, column, key, what is wrong, and the likely fix.</summary>
public sealed class ConfigurationProblemTests
{
    private const string Model = "models: { m: { provider: ollama, model: x } }\n";

    [Theory]
    [InlineData("agent: []", "agents.yaml:1:1: key 'agent': is not a known key; did you mean 'agents'?")]
    [InlineData("models: { m: { provider: ollama, model: x, baseUrl: \"http://x\" } }", "agents.yaml:1:44: key 'models.m.baseUrl': is not a known key; did you mean 'base_url'?")]
    [InlineData("models: { m: { provider: olama, model: x } }", "agents.yaml:1:26: key 'models.m.provider': 'olama' is not one of scripted, openai, anthropic, azure_openai, xai, groq, mistral, deepseek, gemini, ollama, vllm; did you mean 'ollama'?")]
    [InlineData("models: { m: { provider: ollama } }", "agents.yaml:1:14: key 'models.m.model': is required and missing")]
    [InlineData("models: { m: { provider: azure_openai, model: x, api_key: k } }", "agents.yaml:1:14: key 'models.m.base_url': is required and missing")]
    [InlineData("models: { m: { provider: ollama, model: x, base_url: localhost } }", "agents.yaml:1:54: key 'models.m.base_url': 'localhost' is not an absolute http or https URL")]
    [InlineData("models: { m: { provider: ollama, model: x, max_retries: -1 } }", "agents.yaml:1:57: key 'models.m.max_retries': must be from 0 to 100, not -1")]
    [InlineData("models: { m: { provider: ollama, model: x, max_tokens: 0 } }", "agents.yaml:1:56: key 'models.m.max_tokens': must be 1 or more, not 0")]
    [InlineData("models: { m: { provider: ollama, model: x, temperature: hot } }", "agents.yaml:1:57: key 'models.m.temperature': must be a number, not 'hot'")]
    [InlineData("models: { m: { provider: openai, model: x } }", "agents.yaml:1:14: key 'models.m': needs a key for provider 'openai': set the environment variable OPENAI_API_KEY, or give `api_key` under `models`")]
    [InlineData("models: { m: { provider: ollama, model: x, api_key: \"${NO_KEY}\" } }", "agents.yaml:1:53: key 'models.m.api_key': the environment variable NO_KEY is not set; set it, or give a default: ${NO_KEY:-value}")]
    [InlineData("models: [a]", "agents.yaml:1:9: key 'models': must be a mapping (key: value), not a list")]
    [InlineData("models:\n", "agents.yaml:1:8: key 'models': is empty; give it a value or remove it")]
    [InlineData("supervisor: { max_rounds: none }", "agents.yaml:1:27: key 'supervisor.max_rounds': must be a whole number, not 'none'")]
    [InlineData("workflows: [{ name: a, steps: [] }]", "agents.yaml:1:31: key 'workflows[0].steps': is empty; a workflow needs at least one step")]
    [InlineData("audit: { retention_days: 0 }", "agents.yaml:1:26: key 'audit.retention_days': must be from 1 to 36500, not 0")]
    [InlineData("prices: { x: { input: 1 } }", "agents.yaml:1:14: key 'prices.x.output': is required and missing")]
    [InlineData("prices: { x: { input: 1, output: 2, cached: 1 } }", "agents.yaml:1:37: key 'prices.x.cached': is not a known key; did you mean 'cached_input'?")]
    [InlineData("prices: { x: { input: -1, output: 2 } }", "agents.yaml:1:23: key 'prices.x.input': must be from 0 to 100000, not -1")]
    [InlineData("prices: { a*b: { input: 1, output: 2 } }", "agents.yaml:1:16: key 'prices.a*b': a `*` can only stand at the end of a model's name")]
    [InlineData("prices: { x: { input: 1, output: 2, from: yesterday } }", "agents.yaml:1:43: key 'prices.x.from': must be a day such as 2026-01-31, not 'yesterday'")]
    [InlineData("prices: { x: { input: 1, output: 2, from: 2026-01-02, until: 2026-01-02 } }", "agents.yaml:1:62: key 'prices.x.until': must be later than `from`; it is the first day without this price")]
    [InlineData("prices: { x: [{ input: 1, output: 2 }, { input: 2, output: 2 }] }", "agents.yaml:1:40: key 'prices.x[1]': begins on the same day as another price of this model; give each a `from` of its own")]
    [InlineData("prices: { x: { input: 1, output: 2, long_context: { input: 1, output: 2 } } }", "agents.yaml:1:51: key 'prices.x.long_context.above': is required and missing")]
    [InlineData("observability: { tracing: yes }", "agents.yaml:1:27: key 'observability.tracing': must be true or false, not 'yes'")]
    [InlineData("observability: { sampling_rate: 1.5 }", "agents.yaml:1:33: key 'observability.sampling_rate': must be from 0 to 1, not 1.5")]
    [InlineData("observability: { endpoint: \"http://x\" }", "agents.yaml:1:28: key 'observability.endpoint': needs `exporter` beside it")]
    [InlineData("observability: { exporters: [{ type: otpl }] }", "agents.yaml:1:38: key 'observability.exporters[0].type': 'otpl' is not one of otlp, langfuse, logfire, datadog, phoenix, grafana_cloud, honeycomb, langsmith, console, application_insights, none, stdout; did you mean 'otlp'?")]
    [InlineData("observability: { exporters: [{ type: langfuse, public_key: p }] }", "agents.yaml:1:30: key 'observability.exporters[0]': needs `secret_key`, or the environment variable LANGFUSE_SECRET_KEY")]
    [InlineData("observability: { exporters: [{ type: otlp }, { type: otlp }] }", "agents.yaml:1:46: key 'observability.exporters[1]': there is already an exporter 'otlp'; give this one a `name` of its own")]
    [InlineData("observability: { traces: { max_queue_size: 10 } }", "agents.yaml:1:44: key 'observability.traces.max_queue_size': a batch (512) cannot be larger than the queue (10)")]
    public void A_wrong_entry_is_told_with_its_place(string yaml, string problem) =>
        Assert.Equal([problem], TemporaryFile.ProblemsOf(yaml));

    [Theory]
    [InlineData("{ name: a, model: m, prompt: p, max_step: 3 }", "agents.yaml:2:43: key 'agents[0].max_step': is not a known key; did you mean 'max_steps'?")]
    [InlineData("{ name: a, model: m, prompt: p, colour: red }", "agents.yaml:2:43: key 'agents[0].colour': is not a known key; known here: approval, budget, budgets, description, fallback_models, history, history_messages, max_parallel_tools, max_steps, max_tokens, mcp_servers, model, name, output, parallel_tools, post_hooks, pre_hooks, prompt, role, temperature, tools")]
    [InlineData("{ model: m, prompt: p }", "agents.yaml:2:11: key 'agents[0].name': is required and missing")]
    [InlineData("{ name: a, model: m }", "agents.yaml:2:11: key 'agents[0].prompt': is required and missing")]
    [InlineData("{ name: a b, model: m, prompt: p }", "agents.yaml:2:19: key 'agents[0].name': 'a b' must be 1 to 64 letters, digits, '_' or '-'")]
    [InlineData("{ name: a, model: n, prompt: p }", "agents.yaml:2:29: key 'agents[0].model': there is no model 'n'; name a key of `models`, or provider/model; did you mean 'm'?")]
    [InlineData("{ name: a, model: openai/gpt, prompt: p }", "agents.yaml:2:29: key 'agents[0].model': needs a key for provider 'openai': set the environment variable OPENAI_API_KEY, or give `api_key` under `models`")]
    [InlineData("{ name: a, model: m, prompt: p, role: planner }", "agents.yaml:2:49: key 'agents[0].role': 'planner' is not one of react")]
    [InlineData("{ name: a, model: m, prompt: p, tools: x }", "agents.yaml:2:50: key 'agents[0].tools': must be a list, not a single value")]
    [InlineData("{ name: a, model: m, prompt: p, budget: { tokens: -5 } }", "agents.yaml:2:61: key 'agents[0].budget.tokens': must be 1 or more, not -5")]
    [InlineData("{ name: a, model: m, prompt: p, history: { message: 3 } }", "agents.yaml:2:54: key 'agents[0].history.message': is not a known key; did you mean 'messages'?")]
    [InlineData("{ name: a, model: m, prompt: p, history: { messages: 9, summary: { after_messages: 9 } } }", "agents.yaml:2:94: key 'agents[0].history.summary.after_messages': must be more than the 9 messages that stay in the window")]
    [InlineData("{ name: a, model: m, prompt: p, history: { summary: { after_messages: 90, model: n } } }", "agents.yaml:2:92: key 'agents[0].history.summary.model': there is no model 'n'; name a key of `models`, or provider/model; did you mean 'm'?")]
    [InlineData("{ name: a, model: m, prompt: p, history_messages: 3, history: { tokens: 9 } }", "agents.yaml:2:73: key 'agents[0].history': says again what `history_messages` says; keep one of them")]
    [InlineData("{ name: a, model: m, prompt: p, max_steps: 2.5 }", "agents.yaml:2:54: key 'agents[0].max_steps': must be a whole number, not '2.5'")]
    [InlineData("{ name: a, model: m, prompt: [p] }", "agents.yaml:2:40: key 'agents[0].prompt': must be a text, not a list")]
    [InlineData("{ name: a, model: m, prompt: p, pre_hooks: [{ hook: pii, action: hide }] }", "agents.yaml:2:76: key 'agents[0].pre_hooks[0].action': 'hide' is not one of block, redact")]
    [InlineData("{ name: a, model: m, prompt: p, pre_hooks: [{ hook: pii, max: 3 }] }", "agents.yaml:2:68: key 'agents[0].pre_hooks[0].max': is not a known key; known here: action, hook, kinds, name, required")]
    [InlineData("{ name: a, model: m, prompt: p, pre_hooks: [max_length] }", "agents.yaml:2:55: key 'agents[0].pre_hooks[0]': needs `max`, the most characters: { hook: max_length, max: 4000 }")]
    [InlineData("{ name: a, model: m, prompt: p, pre_hooks: [pii, pii] }", "agents.yaml:2:60: key 'agents[0].pre_hooks[1]': there is already a hook 'pii' in this list; give one of them another `name`")]
    [InlineData("{ name: a, model: m, prompt: p, pre_hooks: [{ hook: pii, background: true }] }", "agents.yaml:2:68: key 'agents[0].pre_hooks[0].background': is not a known key; known here: action, hook, kinds, name, required")]
    [InlineData("{ name: a, model: m, prompt: p, pre_hooks: [{ hook: banned_words, patterns: [\"a*\"] }] }", "agents.yaml:2:88: key 'agents[0].pre_hooks[0].patterns[0]': matches the empty text; write one that needs at least one character")]
    [InlineData("a", "agents.yaml:2:11: key 'agents[0]': must be a mapping (key: value), not a single value")]
    public void A_wrong_agent_is_told_with_its_place(string agent, string problem) =>
        Assert.Equal([problem], TemporaryFile.ProblemsOf($"{Model}agents: [ {agent} ]"));

    [Fact]
    public void An_agents_unknown_tool_is_told_with_the_nearest_one()
    {
        var problems = TemporaryFile.ProblemsOf(
            Model + "tools: [{ name: get_weather, http: { method: GET, url: \"https://x.example\" } }]\nagents: [{ name: a, model: m, prompt: p, tools: [get_wether, get_weather, get_weather] }]");
        Assert.Equal(
            [
                "agents.yaml:3:50: key 'agents[0].tools[0]': there is no tool 'get_wether', neither under `tools` nor registered in code; did you mean 'get_weather'?",
                "agents.yaml:3:75: key 'agents[0].tools[2]': names the tool 'get_weather' a second time",
            ],
            problems);
    }

    [Theory]
    [InlineData("{ name: t }", "agents.yaml:1:10: key 'tools[0].http': is required and missing")]
    [InlineData("{ name: t, http: { method: FETCH, url: \"https://x.example\" } }", "agents.yaml:1:37: key 'tools[0].http.method': 'FETCH' is not one of GET, HEAD, POST, PUT, PATCH, DELETE")]
    [InlineData("{ name: t, http: { method: GET, url: x.example } }", "agents.yaml:1:47: key 'tools[0].http.url': must be an absolute http or https URL with {arguments} in its path and query only")]
    [InlineData("{ name: t, http: { method: GET, url: \"https://{host}/\" }, parameters: { properties: { host: { type: string } }, required: [host] } }", "agents.yaml:1:47: key 'tools[0].http.url': must be an absolute http or https URL with {arguments} in its path and query only")]
    [InlineData("{ name: t, http: { method: GET, url: \"https://x.example/{cty}\" }, parameters: { properties: { city: { type: string } }, required: [city] } }", "agents.yaml:1:47: key 'tools[0].http.url': '{cty}' is not one of the tool's parameters; did you mean 'city'?")]
    [InlineData("{ name: t, http: { method: GET, url: \"https://x.example/{city}\" }, parameters: { properties: { city: { type: string } } } }", "agents.yaml:1:47: key 'tools[0].http.url': '{city}' is part of the path, so it must be listed in `parameters.required`")]
    [InlineData("{ name: t, http: { method: GET, url: \"https://x.example\", header: { a: b } } }", "agents.yaml:1:68: key 'tools[0].http.header': is not a known key; did you mean 'headers'?")]
    [InlineData("{ name: t, http: { method: GET, url: \"https://x.example/${NO_PATH}\" } }", "agents.yaml:1:47: key 'tools[0].http.url': the environment variable NO_PATH is not set; set it, or give a default: ${NO_PATH:-value}")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: maybe }", "agents.yaml:1:139: key 'tools[0].approval': 'maybe' is not one of required, none")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { when: 'amount >' } }", "agents.yaml:1:147: key 'tools[0].approval.when': is no condition: expected a value, a path or '(', found the end (at character 9)")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { when: ammount > 100 } }", "agents.yaml:1:147: key 'tools[0].approval.when': 'ammount' is not one of the tool's parameters; did you mean 'amount'?")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { type: user_input } }", "agents.yaml:1:139: key 'tools[0].approval': needs `fields`: the arguments that the person fills in")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { fields: [amount] } }", "agents.yaml:1:149: key 'tools[0].approval.fields': needs `type: user_input`")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { type: user_input, fields: [amount], when: amount > 1 } }", "agents.yaml:1:183: key 'tools[0].approval.when': 'amount' is filled in by the person, so the rule cannot ask for it")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { type: external_execution, quorum: 2 } }", "agents.yaml:1:175: key 'tools[0].approval.quorum': needs `type: confirmation`: input or a result is given by one person")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { quorum: 2, approvers: [ada] } }", "agents.yaml:1:163: key 'tools[0].approval.approvers': names fewer people than the quorum of 2")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { escalate_after: 2h, expires_after: 1h } }", "agents.yaml:1:157: key 'tools[0].approval.escalate_after': must be shorter than `expires_after`")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { notify: { url: nowhere } } }", "agents.yaml:1:156: key 'tools[0].approval.notify.url': 'nowhere' is not an absolute http or https URL")]
    [InlineData("{ name: t, parameters: { properties: { amount: { type: number } } }, http: { method: POST, url: \"https://x.example\" }, approval: { notify: { url: 'https://x.example', secret: '${NO_SECRET}' } } }", "agents.yaml:1:185: key 'tools[0].approval.notify.secret': the environment variable NO_SECRET is not set; set it, or give a default: ${NO_SECRET:-value}")]
    [InlineData("{ name: t, effect: twice, http: { method: GET, url: \"https://x.example\" } }", "agents.yaml:1:29: key 'tools[0].effect': 'twice' is not one of once, idempotent, pure")]
    [InlineData("{ name: t, timeout_seconds: -1, http: { method: GET, url: \"https://x.example\" } }", "agents.yaml:1:38: key 'tools[0].timeout_seconds': must be from 1 to 3600, not -1")]
    public void A_wrong_tool_is_told_with_its_place(string tool, string problem) =>
        Assert.Equal([problem], TemporaryFile.ProblemsOf($"tools: [ {tool} ]"));

    [Theory]
    [InlineData("{ type: objct }", "agents.yaml:1:78: key 'tools[0].parameters.type': 'objct' is not one of object, array, string, number, integer, boolean, null; did you mean 'object'?")]
    [InlineData("{ type: string }", "agents.yaml:1:78: key 'tools[0].parameters.type': must be 'object' (the arguments by name), not 'string'")]
    [InlineData("{ propertys: {} }", "agents.yaml:1:72: key 'tools[0].parameters.propertys': is not a known key; did you mean 'properties'?")]
    [InlineData("{ properties: { a: { type: strin } } }", "agents.yaml:1:97: key 'tools[0].parameters.properties.a.type': 'strin' is not one of object, array, string, number, integer, boolean, null; did you mean 'string'?")]
    [InlineData("{ properties: { a: { pattern: \"(\" } } }", "agents.yaml:1:100: key 'tools[0].parameters.properties.a.pattern': is not a regular expression: Invalid pattern '(' at offset 1. Not enough )'s.")]
    [InlineData("{ properties: { abc: { type: string } }, required: [abd] }", "agents.yaml:1:122: key 'tools[0].parameters.required[0]': 'abd' is not one of the properties; did you mean 'abc'?")]
    [InlineData("{ properties: { a: { $ref: \"http://x/y\" } } }", "agents.yaml:1:97: key 'tools[0].parameters.properties.a.$ref': must point into this schema ('#/…'); other documents are not loaded")]
    public void A_wrong_schema_is_told_with_its_place(string schema, string problem) =>
        Assert.Equal([problem], TemporaryFile.ProblemsOf($"tools: [{{ name: t, http: {{ method: GET, url: http://x }}, parameters: {schema} }}]"));

    [Theory]
    [InlineData("{ when: \"(\", say: x }", "agents.yaml:1:53: key 'models.m.script[0].when': is not a regular expression: Invalid pattern '(' at offset 1. Not enough )'s.")]
    [InlineData("{ when: x }", "agents.yaml:1:45: key 'models.m.script[0]': answers nothing; give it `say`, `call` or both")]
    [InlineData("{ call: [{ tool: nope }] }", "agents.yaml:1:62: key 'models.m.script[0].call[0].tool': there is no tool 'nope'")]
    [InlineData("{ say: x, step: 0 }", "agents.yaml:1:61: key 'models.m.script[0].step': must be 1 or more, not 0")]
    [InlineData("{ say: x, delay: 3 }", "agents.yaml:1:55: key 'models.m.script[0].delay': is not a known key; did you mean 'delay_ms'?")]
    public void A_wrong_script_rule_is_told_with_its_place(string rule, string problem) =>
        Assert.Equal([problem], TemporaryFile.ProblemsOf($"models: {{ m: {{ provider: scripted, script: [{rule}] }} }}"));

    [Fact]
    public void All_problems_of_a_file_are_told_at_once_in_its_order()
    {
        var problems = TemporaryFile.ProblemsOf(
            """
            observability: { tracing: maybe }
            models:
              m: { provider: ollama, model: x, shape: 9 }
            agents:
              - { name: a, model: m, prompt: p }
              - { name: a, model: m, prompt: p }
              - { name: b, model: m, prompt: p, tools: [nope] }
            """);
        Assert.Equal(
            [
                "agents.yaml:1:27: key 'observability.tracing': must be true or false, not 'maybe'",
                "agents.yaml:3:36: key 'models.m.shape': is not a known key; known here: api_key, base_url, cache, fallback, frequency_penalty, max_retries, max_tokens, model, presence_penalty, provider, rate_limit, reasoning_effort, script, seed, stop, temperature, think_tags, thinking_tokens, timeout_seconds, top_p",
                "agents.yaml:6:13: key 'agents[1].name': there is already an agent 'a'",
                "agents.yaml:7:45: key 'agents[2].tools[0]': there is no tool 'nope', neither under `tools` nor registered in code",
            ],
            problems);
    }

    [Theory]
    [InlineData("a: 1\na: 2\n", "agents.yaml:2:1: is not valid YAML: Duplicate key a")]
    [InlineData("models:\n  m: { provider: x }\n  m: { provider: y }\n", "agents.yaml:3:3: is not valid YAML: Duplicate key m")]
    [InlineData("agents:\n\t- x", "agents.yaml:2:1: is not valid YAML: While scanning a mapping, found invalid tab as indentation")]
    [InlineData("x: 0\na: [1\nb: 2", "agents.yaml:2:4: is not valid YAML: a [ or { that is open here is never closed")]
    [InlineData("a: *nope", "agents.yaml:1:1: is not valid YAML: The anchor 'nope' does not exist")]
    [InlineData("", "agents.yaml: is empty; it needs at least `agents`")]
    [InlineData("agents: []\n---\nagents: []", "agents.yaml:3:1: holds more than one YAML document; remove the '---'")]
    [InlineData("a: &x [*x]", "agents.yaml:1:4: is nested too deeply or too large")]
    [InlineData("just text", "agents.yaml:1:1: must be a mapping (key: value), not a single value")]
    public void What_is_not_one_YAML_mapping_is_told_with_its_line(string yaml, string start) =>
        Assert.StartsWith(start, Assert.Single(TemporaryFile.ProblemsOf(yaml)), StringComparison.Ordinal);

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        var yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 9).Select(n =>
            $"a{n}: &a{n} [{string.Join(',', Enumerable.Repeat($"*a{n - 1}", 10))}]\n"));
        Assert.Contains("too large", Assert.Single(TemporaryFile.ProblemsOf(yaml)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_over_the_limit_is_refused() =>
        Assert.Equal(["agents.yaml: is larger than 1048576 bytes, the limit for a configuration"],
            TemporaryFile.ProblemsOf("# " + new string('x', ConfigurationLoader.MaxBytes)));

    [Fact]
    public void A_missing_file_is_named_with_the_fix()
    {
        var error = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.Load("nowhere/agents.yaml", _ => null));
        Assert.Equal("nowhere/agents.yaml: there is no such file; create it, or name another with --config FILE or the variable AGENTFUNCTIONS_CONFIG", error.Message);
    }
}
