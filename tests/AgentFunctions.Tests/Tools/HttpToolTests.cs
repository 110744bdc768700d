using System.Diagnostics;
using System.Text.Json;
using AgentFunctions.Tools;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using static AgentFunctions.Tests.Tools.ToolTestServices;

namespace AgentFunctions.Tests.Tools;

public sealed class HttpToolTests
{
    private static readonly JsonElement _anything = JsonElement.Parse("""{"type":"object"}""");

    [Fact]
    public async Task Arguments_fill_path_and_query_escaped_and_the_rest_of_a_GET_goes_to_the_query()
    {
        await using var server = await ToolServer.StartAsync();
        await CallAsync(Tool("GET", server.Url + "/w/{city}?unit={unit}&fixed=1"), """{"city":"a/b ?ü","unit":"°C&x","days":3,"tags":["a","b"],"deep":{"x":1},"none":null,"on":true}""");
        Assert.Equal("/w/a%2Fb%20%3F%C3%BC?unit=%C2%B0C%26x&fixed=1&days=3&tags=a&tags=b&deep=%7B%22x%22%3A1%7D&on=true", server.Single.Target);
        Assert.Equal("", server.Single.Body);
    }

    [Fact]
    public async Task A_query_parameter_whose_argument_is_absent_is_left_out()
    {
        await using var server = await ToolServer.StartAsync();
        await CallAsync(Tool("GET", server.Url + "/w?unit={unit}&fixed=1"), "{}");
        Assert.Equal("/w?fixed=1", server.Single.Target);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task The_rest_of_a_write_goes_to_a_JSON_body(string method)
    {
        await using var server = await ToolServer.StartAsync();
        await CallAsync(Tool(method, server.Url + "/orders/{id}"), """{"id":7,"note":"für dich","lines":[{"n":1}],"none":null}""");
        Assert.Equal((method, "/orders/7"), (server.Single.Method, server.Single.Target));
        Assert.Equal("""{"note":"für dich","lines":[{"n":1}]}""", server.Single.Body);
        Assert.Equal("application/json; charset=utf-8", server.Single.Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    public async Task An_argument_cannot_change_the_structure_of_the_path(string value)
    {
        await using var server = await ToolServer.StartAsync();
        var outcome = await RunAsync(Tool("DELETE", server.Url + "/users/{id}"), $$"""{"id":"{{value}}"}""");
        Assert.Equal("invalid_arguments", outcome.ErrorCode);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(ToolEffect.Once, "run_1:1:call_1")]
    [InlineData(ToolEffect.Idempotent, "run_1:1:call_1")]
    [InlineData(ToolEffect.Pure, null)]
    public async Task The_idempotency_key_is_sent_unless_the_tool_is_pure(ToolEffect effect, string? key)
    {
        await using var server = await ToolServer.StartAsync();
        await CallAsync(Tool("POST", server.Url) with { Effect = effect }, "{}");
        Assert.Equal(key, server.Single.Headers.GetValueOrDefault("Idempotency-Key"));
    }

    [Fact]
    public async Task Variables_in_URL_and_headers_are_expanded_when_the_call_is_made()
    {
        await using var server = await ToolServer.StartAsync();
        var tool = Tool("POST", server.Url + "/${AREA}/x?key=${KEY}", new() { ["Authorization"] = "Bearer ${KEY}", ["Content-Type"] = "application/vnd.x+json" });
        await CallAsync(tool, """{"text":"${KEY}"}""");
        Assert.Equal("/eu/x?key=s3cret", server.Single.Target);
        Assert.Equal("Bearer s3cret", server.Single.Headers["Authorization"]);
        Assert.Equal("application/vnd.x+json", server.Single.Headers["Content-Type"]);
        Assert.Equal("""{"text":"${KEY}"}""", server.Single.Body);
    }

    [Fact]
    public async Task The_current_trace_is_sent_along()
    {
        await using var server = await ToolServer.StartAsync();
        using var activity = new Activity("tool").SetIdFormat(ActivityIdFormat.W3C).Start();
        await CallAsync(Tool("GET", server.Url), "{}");
        Assert.StartsWith($"00-{activity.TraceId}-", server.Single.Headers["traceparent"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, """{"t":1.50}""", "application/json", """{"t":1.50}""")]
    [InlineData(200, """[1]""", "application/problem+json; charset=utf-8", "[1]")]
    [InlineData(200, "12 degrees", "text/plain", "\"12 degrees\"")]
    [InlineData(200, "{broken", "application/json", "\"{broken\"")]
    [InlineData(201, "", "text/plain", """{"status":201}""")]
    public async Task An_answer_is_parsed_when_it_is_JSON_and_a_text_otherwise(int status, string body, string contentType, string result)
    {
        await using var server = await ToolServer.StartAsync(status, body, contentType);
        Assert.Equal(result, await CallAsync(Tool("GET", server.Url), "{}"));
    }

    [Fact]
    public async Task A_failure_shows_status_and_a_shortened_body_without_secrets()
    {
        await using var server = await ToolServer.StartAsync(404, "no such thing for s3cret " + new string('x', 10_000), "text/plain");
        var outcome = await RunAsync(Tool("GET", server.Url + "/?key=${KEY}"), "{}");
        Assert.Equal("http_404", outcome.ErrorCode);
        Assert.StartsWith("HTTP 404 Not Found: no such thing for *** xxx", outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.InRange(outcome.ErrorMessage!.Length, 2000, 2100);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var other = await ToolServer.StartAsync();
        await using var server = await ToolServer.StartAsync(context =>
        {
            context.Response.Redirect(other.Url);
            return Task.CompletedTask;
        });
        var outcome = await RunAsync(Tool("GET", server.Url, new() { ["Authorization"] = "${KEY}" }), "{}");
        Assert.Equal(("http_302", "HTTP 302 Found (redirects are not followed)"), (outcome.ErrorCode, outcome.ErrorMessage));
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData(HttpToolClient.MaxResponseBytes, null)]
    [InlineData(HttpToolClient.MaxResponseBytes + 1, "response_too_large")]
    public async Task An_answer_over_the_limit_is_an_error(int bytes, string? code)
    {
        await using var server = await ToolServer.StartAsync(200, new string('x', bytes), "text/plain");
        Assert.Equal(code, (await RunAsync(Tool("GET", server.Url), "{}")).ErrorCode);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_timeout()
    {
        var time = new HeldTime();
        var (arrived, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ToolServer.StartAsync(_ =>
        {
            arrived.SetResult();
            return release.Task;
        });
        await using var services = Build(s => s.AddSingleton<TimeProvider>(time));
        var run = services.Runner().RunAsync(Tool("POST", server.Url), Invocation("{}"), CancellationToken.None);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
        time.PassAllTimeouts();
        var outcome = await run.WaitAsync(TimeSpan.FromSeconds(30));
        release.SetResult();
        Assert.Equal(("timeout", "The tool did not finish within 30 s; whether it took effect is not known."), (outcome.ErrorCode, outcome.ErrorMessage));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_by_exception_name()
    {
        var server = await ToolServer.StartAsync();
        var url = server.Url;
        await server.DisposeAsync();
        Assert.Equal("HttpRequestException", (await RunAsync(Tool("GET", url), "{}")).ErrorCode);
    }

    [Fact]
    public async Task A_variable_that_went_missing_is_named_and_nothing_is_sent()
    {
        await using var server = await ToolServer.StartAsync();
        var outcome = await RunAsync(Tool("GET", server.Url + "/${GONE}"), "{}");
        Assert.Contains("GONE is not set", outcome.ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task The_callers_cancellation_is_thrown()
    {
        using var cancel = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        await using var server = await ToolServer.StartAsync(async _ =>
        {
            await cancel.CancelAsync();
            await release.Task;
        });
        await using var services = Build();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => services.Runner().RunAsync(Tool("GET", server.Url), Invocation("{}"), cancel.Token));
        release.SetResult();
    }

    private static ToolDefinition Tool(string method, string url, Dictionary<string, string>? headers = null) =>
        new() { Name = "t", Parameters = _anything, Http = new HttpToolDefinition(method, url, headers) };

    private static async Task<ToolOutcome> RunAsync(ToolDefinition tool, string arguments)
    {
        await using var services = Build(environment: name => name switch { "KEY" => "s3cret", "AREA" => "eu", _ => null });
        return await services.Runner().RunAsync(tool, Invocation(arguments), CancellationToken.None);
    }

    private static async Task<string> CallAsync(ToolDefinition tool, string arguments)
    {
        var outcome = await RunAsync(tool, arguments);
        Assert.True(outcome.Succeeded, $"{outcome.ErrorCode}: {outcome.ErrorMessage}");
        return outcome.Result!.Value.GetRawText();
    }
}
