// What a budget of seconds counts, on a clock that the test moves: the run's work, not the time that people take.
using System.Text.Json.Nodes;
using AgentFunctions.Tests.Fakes;
using AgentFunctions.Tests.Runs;
using AgentFunctions.Tests.Worker;

namespace AgentFunctions.Tests.Budgets;

public sealed class SecondsBudgetTests : IAsyncLifetime
{
    private FakeHttpTool _tool = null!;
    private ClockedApp _app = null!;

    public async Task InitializeAsync()
    {
        _tool = await FakeHttpTool.StartNewAsync();
        _app = await ClockedApp.StartAsync($$"""
            models:
              payer: { provider: scripted, script: [ { after_tool: pay, say: paid }, { call: [ { tool: pay } ] } ] }
              worker: { provider: scripted, script: [ { after_tool: work, say: worked }, { call: [ { tool: work } ] } ] }
              twice:
                provider: scripted
                script:
                  - { after_tool: work, call: [ { tool: pay } ] }
                  - { after_tool: pay, say: both }
                  - { call: [ { tool: work } ] }
              leader: { provider: scripted, script: [ { after_tool: delegate_to_payer, say: "{result}" }, { call: [ { tool: delegate_to_payer, arguments: { task: pay } } ] } ] }
              echo: { provider: scripted, script: [ { say: "<{input}>" } ] }
            tools:
              - { name: pay, parameters: {}, http: { method: POST, url: "{{_tool.Address}}/pay" }, approval: required }
              - { name: work, parameters: {}, http: { method: GET, url: "{{_tool.Address}}/work" }, timeout_seconds: 3600 }
            agents:
              - { name: payer, model: payer, prompt: Pay., tools: [pay] }
              - { name: strict, model: payer, prompt: Pay., tools: [pay], budget: { seconds: 60 } }
              - { name: worker, model: worker, prompt: Work., tools: [work], budget: { seconds: 60 } }
              - { name: twice, model: twice, prompt: Both., tools: [work, pay], budget: { seconds: 60 } }
              - { name: echo, model: echo, prompt: Echo. }
            teams:
              - { name: desk, model: leader, members: [payer], budget: { seconds: 60 } }
            workflows:
              - name: asks
                budget: { seconds: 60 }
                steps:
                  - { id: first, agent: echo, input: first }
                  - { id: ok, human: { prompt: Go on? } }
                  - { id: last, agent: echo, input: last }
              - name: hires
                budget: { seconds: 60 }
                steps:
                  - { id: paid, agent: payer }
                  - { id: last, agent: echo, input: "{{"{{steps.paid.output}}"}}" }
            """);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _tool.DisposeAsync();
    }

    [Theory]
    [InlineData("agents/strict", "paid")]
    [InlineData("teams/desk", "paid")]
    [InlineData("workflows/asks", "<last>")]
    [InlineData("workflows/hires", "<paid>")]
    public async Task R_CST_1_a_person_who_decides_after_two_hours_does_not_use_up_a_minute(string route, string answer)
    {
        var runId = await _app.BeginAsync(route, "go");
        var asked = await _app.ParkedAsync();
        _app.Time.Advance(TimeSpan.FromHours(2));
        await _app.ApproveAsync((string)asked["id"]!);

        var run = await _app.EndOfAsync(runId);

        Assert.Equal(("completed", answer), ((string?)run["status"], (string?)run["content"]));
    }

    [Fact]
    public async Task R_CST_1_a_tool_that_takes_two_minutes_uses_up_one()
    {
        var run = await _app.EndOfAsync(await WorkForAsync("agents/worker", TimeSpan.FromMinutes(2)));

        AssertExceeded(run, used: 120);
    }

    [Fact]
    public async Task R_CST_1_work_before_a_wait_counts_after_it()
    {
        var runId = await WorkForAsync("agents/twice", TimeSpan.FromSeconds(59));
        var asked = await _app.ParkedAsync();
        _app.Time.Advance(TimeSpan.FromHours(2));
        var gate = new TaskCompletionSource();
        _tool.Hold("/pay", gate.Task);
        await _app.ApproveAsync((string)asked["id"]!);
        await _tool.Called("/pay").WaitAsync(FunctionsHost.Patience);
        _app.Time.Advance(TimeSpan.FromSeconds(11));
        gate.SetResult();

        AssertExceeded(await _app.EndOfAsync(runId), used: 70);
    }

    private async Task<string> WorkForAsync(string route, TimeSpan time)
    {
        var gate = new TaskCompletionSource();
        _tool.Hold("/work", gate.Task);
        var runId = await _app.BeginAsync(route, "go");
        await _tool.Called("/work").WaitAsync(FunctionsHost.Patience);
        _app.Time.Advance(time);
        gate.SetResult();
        return runId;
    }

    private static void AssertExceeded(JsonObject run, int used)
    {
        Assert.Equal("budget_exceeded", (string?)run["termination_reason"]);
        var details = run["error"]!["details"]!;
        Assert.Equal(("run", "seconds", 60, used), ((string?)details["scope"], (string?)details["kind"], (int)details["limit"]!, (int)details["used"]!));
    }
}
