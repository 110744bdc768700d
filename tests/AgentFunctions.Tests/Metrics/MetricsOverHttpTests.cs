// What GET /metrics of the running executable says after a run.
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AgentFunctions.Tests.EndToEnd;
using AgentFunctions.Tests.Engine;

namespace AgentFunctions.Tests.Metrics;

public sealed class MetricsOverHttpTests(SampleApp sample) : IClassFixture<SampleApp>
{
    private HttpClient Http => sample.Http;

    [Fact]
    public async Task A_run_shows_in_the_metrics_of_runs_of_model_calls_and_of_tools()
    {
        await RunAsync("weather", "What is the weather in Paris?");
        var metrics = await ScrapeAsync();

        Assert.True(metrics.Sum("agentfunctions_run_started_total", ("agent", "weather")) >= 1);
        Assert.True(metrics.Sum("agentfunctions_run_finished_total", ("agent", "weather"), ("status", "completed"), ("termination_reason", "natural")) >= 1);
        Assert.True(metrics.Sum("agentfunctions_run_duration_seconds_count", ("agent", "weather")) >= 1);
        Assert.True(metrics.Sum("agentfunctions_run_elapsed_seconds_sum", ("agent", "weather")) >= metrics.Sum("agentfunctions_run_duration_seconds_sum", ("agent", "weather")));
        Assert.True(metrics.Sum("gen_ai_client_operation_duration_seconds_count", ("gen_ai_operation_name", "chat"), ("gen_ai_provider_name", "scripted")) >= 2);
        Assert.True(metrics.Sum("gen_ai_client_token_usage_sum", ("gen_ai_token_type", "input")) > 0);
        Assert.True(metrics.Sum("gen_ai_client_token_usage_sum", ("gen_ai_token_type", "output")) > 0);
        Assert.True(metrics.Sum("gen_ai_client_operation_time_to_first_chunk_seconds_count") >= 2);
        Assert.True(metrics.Sum("gen_ai_client_operation_time_per_output_chunk_seconds_count") > 2);
        Assert.True(metrics.Sum("gen_ai_execute_tool_duration_seconds_count", ("gen_ai_tool_name", "get_weather")) >= 1);
        Assert.True(metrics.Sum("gen_ai_invoke_agent_duration_seconds_count", ("gen_ai_agent_name", "weather")) >= 1);
        Assert.True(metrics.Sum("gen_ai_invoke_agent_inference_calls_sum", ("gen_ai_agent_name", "weather")) >= 2);
        Assert.True(metrics.Sum("gen_ai_invoke_agent_tool_calls_sum", ("gen_ai_agent_name", "weather")) >= 1);
        Assert.Equal(
            metrics.Sum("gen_ai_client_token_usage_sum", ("gen_ai_token_type", "input")),
            metrics.Sum("gen_ai_client_inference_usage_input_tokens_total", ("gen_ai_token_modality", "text")));
        Assert.True(metrics.Sum("goai_tool_duration_seconds_count", ("gen_ai_tool_name", "get_weather")) >= 1);
        Assert.True(metrics.Sum("goai_conversation_message_count", ("goai_step", "2")) >= 3);
        Assert.True(metrics.Sum("http_server_request_duration_seconds_count") >= 1);
        Assert.True(metrics.Sum("dotnet_process_memory_working_set_bytes") > 0);
    }

    [Fact]
    public async Task The_ten_names_that_aixgo_documents_are_there_with_their_labels()
    {
        await RunAsync("weather", "What is the weather in Oslo?");
        var metrics = await ScrapeAsync();

        Assert.All(new[] { "user", "assistant", "tool" }, type =>
            Assert.True(metrics.Sum("aixgo_agent_messages_total", ("agent", "weather"), ("type", type)) >= 1));
        Assert.Equal(0, Single("aixgo_agent_errors_total").Value);
        Assert.True(metrics.Sum("aixgo_agent_duration_seconds_count", ("agent", "weather")) >= 1);
        Assert.True(metrics.Sum("aixgo_llm_requests_total", ("provider", "scripted"), ("status", "success")) >= 2);
        Assert.True(metrics.Sum("aixgo_llm_tokens_input", ("provider", "scripted")) > 0);
        Assert.True(metrics.Sum("aixgo_llm_tokens_output", ("provider", "scripted")) > 0);
        Assert.True(metrics.Sum("aixgo_llm_latency_seconds_count", ("provider", "scripted")) >= 2);
        Assert.Equal(0, Single("aixgo_supervisor_rounds_total").Value);
        Assert.Equal(0, Single("aixgo_supervisor_active_agents").Value);
        Assert.Equal(0, Single("aixgo_supervisor_message_queue_size").Value);

        MetricSample Single(string name) => Assert.Single(metrics, s => s.Name == name);
    }

    [Fact]
    public async Task Open_metrics_leads_from_a_bucket_and_a_counter_to_the_trace_of_a_run()
    {
        var run = await RunAsync("weather", "What is the weather in Rome?");
        await ScrapeAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.EndsWith("# EOF\n", text);
        var metrics = MetricsText.Parse(text[..^"# EOF\n".Length]);
        var traceId = (string)run["trace_id"]!;
        Assert.Contains(metrics, s => s.Name == "gen_ai_client_operation_duration_seconds_bucket" && s.TraceId == traceId);
        Assert.Contains(metrics, s => s.Name == "agentfunctions_run_finished_total" && s.TraceId == traceId);
    }

    [Fact]
    public async Task Plain_text_is_the_default_and_has_no_exemplars()
    {
        using var response = await Http.GetAsync("/metrics");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.DoesNotContain("# {", text);
        Assert.Contains("target_info{service_name=\"agentfunctions\"", text);
    }

    private async Task<JsonObject> RunAsync(string agent, string input)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1/agents/{agent}/run", new { input });
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>The metrics once the runs that were answered are counted, which is right after.</summary>
    private async Task<IReadOnlyList<MetricSample>> ScrapeAsync()
    {
        IReadOnlyList<MetricSample> metrics = [];
        await EngineHost.UntilAsync(async () =>
        {
            metrics = MetricsText.Parse(await Http.GetStringAsync("/metrics"));
            return metrics.Sum("agentfunctions_run_finished_total") == metrics.Sum("agentfunctions_run_started_total");
        });
        return metrics;
    }
}
