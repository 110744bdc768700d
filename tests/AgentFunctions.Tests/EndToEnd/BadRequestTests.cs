// Mistakes of clients: each has its status and the one error shape, and none is a 500.
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace AgentFunctions.Tests.EndToEnd;

public sealed class BadRequestTests(SampleApp sample) : IClassFixture<SampleApp>
{
    [Theory]
    [InlineData("", 400, "invalid_request")]
    [InlineData("{", 400, "invalid_request")]
    [InlineData("[]", 400, "invalid_request")]
    [InlineData("null", 400, "invalid_request")]
    [InlineData("\"text\"", 400, "invalid_request")]
    [InlineData("{}", 400, "invalid_request")]
    [InlineData("""{"input":""}""", 400, "invalid_request")]
    [InlineData("""{"input":5}""", 400, "invalid_request")]
    [InlineData("""{"input":{"text":"hi"}}""", 400, "invalid_request")]
    [InlineData("""{"input":"a","input":"b"}""", 400, "invalid_request")]
    [InlineData("""{"input":"\ud800"}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","unknown":1}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","session_id":7}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","session_id":"a/b"}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","session_id":""}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","metadata":[]}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","stream":"yes"}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","budget":{"tokens":-1}}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","budget":{"tokens":"many"}}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","run_context":{"run_id":"../x"}}""", 400, "invalid_request")]
    [InlineData("""{"input":"hi","model":"no-such-model"}""", 400, "invalid_request")]
    public async Task A_bad_body_is_refused(string body, int status, string code)
    {
        using var response = await sample.Http.PostAsync("/api/v1/agents/assistant/run", new StringContent(body, Encoding.UTF8, "application/json"));
        await AssertErrorAsync(response, status, code);
    }

    [Theory]
    [InlineData("POST", "/api/v1/agents/nobody/run", 404, "agent_not_found")]
    [InlineData("POST", "/api/v1/agents/nobody/run/stream", 404, "agent_not_found")]
    [InlineData("POST", "/api/v1/agents/assistant/run/stream?types=tokens", 400, "invalid_request")]
    [InlineData("POST", "/api/v1/agents/assistant/run?wait=-1", 400, "invalid_request")]
    [InlineData("POST", "/api/v1/agents/assistant/run?wait=soon", 400, "invalid_request")]
    [InlineData("POST", "/api/v1/runs/none/cancel", 404, "run_not_found")]
    [InlineData("GET", "/api/v1/agents/nobody", 404, "agent_not_found")]
    [InlineData("GET", "/api/v1/runs/none", 404, "run_not_found")]
    [InlineData("GET", "/api/v1/runs/none/events", 404, "run_not_found")]
    [InlineData("GET", "/api/v1/runs/none/messages", 404, "run_not_found")]
    [InlineData("GET", "/api/v1/runs/none/history", 404, "run_not_found")]
    [InlineData("GET", "/api/v1/runs/none/trace", 404, "run_not_found")]
    [InlineData("GET", "/api/v1/runs?limit=0", 400, "invalid_request")]
    [InlineData("GET", "/api/v1/runs?limit=9999", 400, "invalid_request")]
    [InlineData("GET", "/api/v1/runs?status=done", 400, "invalid_request")]
    [InlineData("GET", "/api/v1/runs?from=yesterday", 400, "invalid_request")]
    [InlineData("GET", "/api/v1/runs?cursor=%25%25", 400, "invalid_request")]
    [InlineData("GET", "/api/v1/sessions?cursor=x", 400, "invalid_request")]
    [InlineData("GET", "/api/v1/sessions/none", 404, "SESSION_NOT_FOUND")]
    [InlineData("GET", "/api/v1/sessions/none/runs", 404, "SESSION_NOT_FOUND")]
    [InlineData("GET", "/api/v1/traces/none", 404, "trace_not_found")]
    public async Task A_request_for_what_is_not_there_or_cannot_be_read_is_refused(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST")
            request.Content = JsonContent.Create(new { input = "hi" });
        using var response = await sample.Http.SendAsync(request);
        await AssertErrorAsync(response, status, code);
    }

    [Fact]
    public async Task A_body_of_20_MB_is_refused_as_too_large()
    {
        var body = $$"""{"input":"{{new string('x', 20_000_000)}}"}""";
        using var response = await sample.Http.PostAsync("/api/v1/agents/assistant/run", new StringContent(body, Encoding.UTF8, "application/json"));
        await AssertErrorAsync(response, 413, "payload_too_large");
    }

    [Fact]
    public async Task A_Last_Event_ID_that_is_no_number_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/agents/assistant/run/stream") { Content = JsonContent.Create(new { input = "hi" }) };
        request.Headers.Add("Last-Event-ID", "seven");
        using var response = await sample.Http.SendAsync(request);
        await AssertErrorAsync(response, 400, "invalid_request");
    }

    [Fact]
    public async Task A_run_that_has_ended_cannot_be_cancelled()
    {
        using var done = await sample.Http.PostAsJsonAsync("/api/v1/agents/assistant/run", new { input = "hi" });
        var run = (await done.Content.ReadFromJsonAsync<JsonObject>())!;
        using var response = await sample.Http.PostAsync($"/api/v1/runs/{run["run_id"]}/cancel", null);
        await AssertErrorAsync(response, 409, "run_finished");
    }

    private static async Task AssertErrorAsync(HttpResponseMessage response, int status, string code)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == (HttpStatusCode)status, $"{(int)response.StatusCode}: {body}");
        var error = JsonNode.Parse(body)!["error"]!;
        Assert.Equal(code, (string?)error["code"]);
        Assert.NotEmpty((string)error["message"]!);
        Assert.NotNull(error["details"]);
    }
}
