// The nine hooks in code, over HTTP on an app in this process.
using System.Text.Json.Nodes;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace AgentFunctions.Tests.Hooks;

public sealed class AgentHookTests
{
    [Fact]
    public async Task R_HK_1_the_six_observers_are_told_in_the_order_of_the_run()
    {
        var witness = new Witness();
        await using var app = await HookApp.StartAsync(services => services.AddSingleton(witness).AddAgentHook<Witness>());

        await app.RunAsync("caller");

        Assert.Equal(
            ["request 1", "response 1 tool_call", "step 1", "tool start pay", "tool pay ok", "request 2", "response 2 stop", "step 2", "finish natural"],
            witness.Seen);
        var requests = witness.Told.OfType<RequestInfo>().ToList();
        Assert.Equal(["system", "user", "assistant", "tool"], requests[1].Messages.Select(m => m.Role));
        Assert.Equal((1, "paying-script"), (requests[1].ToolCount, requests[1].Model));
        Assert.True(witness.Told.OfType<ResponseInfo>().First().Usage.TotalTokens > 0);
        Assert.Equal("Paid: paid 5", witness.Told.OfType<StepFinishInfo>().Last().Answer.Text);
        var finish = Assert.Single(witness.Told.OfType<FinishInfo>());
        Assert.Equal((2, false), (finish.Run.Steps, finish.StepsExhausted));
    }

    [Fact]
    public async Task R_HK_1_an_unknown_tool_is_observed_and_not_intercepted()
    {
        var witness = new Witness();
        var asked = 0;
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(witness).AddAgentHook<Witness>()
            .AddSingleton(new Interceptor { Before = _ => { asked++; return null; } }).AddAgentHook<Interceptor>());

        await app.RunAsync("lost");

        Assert.Contains("tool start hang", witness.Seen);
        Assert.Contains("tool hang unknown_tool", witness.Seen);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task R_HK_1_a_hook_sees_only_the_agents_it_is_registered_for()
    {
        var witness = new Witness();
        await using var app = await HookApp.StartAsync(services => services.AddSingleton(witness).AddAgentHook<Witness>(["talker"]));

        await app.RunAsync("caller");
        Assert.Empty(witness.Seen);
        await app.RunAsync("talker");

        Assert.Equal(["request 1", "response 1 stop", "step 1", "finish natural"], witness.Seen);
    }

    [Fact]
    public async Task R_HK_1_interceptors_are_a_chain_and_each_sees_what_the_one_before_made()
    {
        var seen = new List<string>();
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(Adding<Interceptor>("first", 1, seen)).AddAgentHook<Interceptor>()
            .AddSingleton(Adding<SecondInterceptor>("second", 10, seen)).AddAgentHook<SecondInterceptor>());

        var run = await app.RunAsync("caller");

        Assert.Equal(16, Assert.Single(app.Payments.Made).Amount);
        Assert.Equal(["before first 5", "before second 6", "after second paid 16", "after first second(paid 16)"], seen);
        Assert.Equal("Paid: first(second(paid 16))", (string?)run["content"]);
        Assert.Equal(16, (int)(await app.CompletedCallAsync(run))["arguments"]!["amount"]!);
        Assert.True((bool)(await app.CompletedCallAsync(run))["input_overridden"]!);
    }

    [Fact]
    public async Task R_HK_2_a_skipped_tool_does_not_run_and_the_model_is_told_the_result()
    {
        var witness = new Witness();
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(witness).AddAgentHook<Witness>()
            .AddSingleton(new Interceptor { Before = _ => new BeforeToolResult { Skip = true, Result = Interceptor.Json("from the cache") } }).AddAgentHook<Interceptor>());

        var run = await app.RunAsync("caller");

        Assert.Empty(app.Payments.Made);
        Assert.Equal("Paid: from the cache", (string?)run["content"]);
        Assert.True(Assert.Single(witness.Told.OfType<ToolCallInfo>()).Skipped);
        Assert.True((bool)(await app.CompletedCallAsync(run))["skipped"]!);
        var tool = Assert.Single((await app.RootAsync(run))["children"]!.AsArray(), span => (string?)span!["name"] == "execute_tool pay")!;
        Assert.True((bool)tool["attributes"]!["agentfunctions.tool.skipped"]!);
    }

    [Fact]
    public async Task R_HK_2_a_tool_skipped_with_an_error_is_an_error_for_the_model()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Before = _ => new BeforeToolResult { Skip = true, Error = "Not before noon." } }).AddAgentHook<Interceptor>());

        var call = await app.CompletedCallAsync(await app.RunAsync("caller"));

        Assert.Equal("tool_skipped", (string?)call["error"]!["code"]);
        Assert.Equal("Not before noon.", (string?)call["result"]!["message"]);
        Assert.Empty(app.Payments.Made);
    }

    [Fact]
    public async Task R_HK_2_an_overridden_input_is_validated_like_the_models_own()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Before = _ => new BeforeToolResult { Input = Interceptor.Json(new { amount = "much" }) } }).AddAgentHook<Interceptor>());

        var call = await app.CompletedCallAsync(await app.RunAsync("caller"));

        Assert.Equal("invalid_arguments", (string?)call["error"]!["code"]);
        Assert.Empty(app.Payments.Made);
    }

    [Fact]
    public async Task R_HK_2_context_reaches_the_tool()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Before = _ => new BeforeToolResult { Context = new Dictionary<string, string> { ["note"] = "urgent" } } }).AddAgentHook<Interceptor>());

        await app.RunAsync("caller");

        Assert.Equal((5, "urgent"), Assert.Single(app.Payments.Made));
    }

    [Fact]
    public async Task R_HK_2_a_deadline_of_a_hook_takes_the_place_of_the_tools_time_out()
    {
        const string Config = """
            models:
              hanging: { provider: scripted, model: hanging-script, script: [{ after_tool: hang, say: "{result.error}" }, { call: [{ tool: hang, arguments: {} }] }] }
            agents:
              - { name: hanger, model: hanging, prompt: Hang., tools: [hang] }
            """;
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Before = _ => new BeforeToolResult { TimeoutSeconds = 1 } }).AddAgentHook<Interceptor>(), Config);

        Assert.Equal("timeout", (string?)(await app.RunAsync("hanger"))["content"]);
    }

    [Fact]
    public async Task R_HK_2_a_person_approves_what_the_hooks_made_of_the_arguments_and_they_are_not_asked_again()
    {
        const string Config = """
            models:
              paying:
                provider: scripted
                model: paying-script
                script: [{ after_tool: pay_dear, say: "Paid: {result}" }, { call: [{ tool: pay_dear, arguments: { amount: 5 } }] }]
            agents:
              - { name: careful, model: paying, prompt: Pay., tools: [pay_dear] }
            """;
        var seen = new List<string>();
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(Adding<Interceptor>("first", 1, seen)).AddAgentHook<Interceptor>(), Config);

        var paused = await app.RunAsync("careful");
        var approval = Assert.Single((await app.GetAsync("/api/v1/approvals?status=pending"))["data"]!.AsArray())!;
        Assert.Equal("paused", (string?)paused["status"]);
        Assert.Equal(6, (int)approval["tool_args"]!["amount"]!);
        await app.PostAsync($"/api/v1/approvals/{approval["id"]}/resolve", new { status = "approved", resolved_by = "ann" });

        Assert.Equal(6, (int)(await app.CompletedCallAsync(paused))["arguments"]!["amount"]!);
        Assert.Equal(6, Assert.Single(app.Payments.Made).Amount);
        Assert.Equal(["before first 5", "after first paid 6"], seen);
    }

    [Fact]
    public async Task R_HK_2_metadata_is_stored_with_the_call_and_shown_to_observers()
    {
        var witness = new Witness();
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(witness).AddAgentHook<Witness>()
            .AddSingleton(new Interceptor { After = _ => new AfterToolResult { Metadata = new JsonObject { ["source"] = "bank" } } }).AddAgentHook<Interceptor>());

        await app.RunAsync("caller");

        Assert.Equal("bank", (string?)Assert.Single(witness.Told.OfType<ToolCallInfo>()).Metadata!["source"]);
    }

    [Fact]
    public async Task R_HK_2_a_hook_after_the_tool_may_make_it_an_error()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { After = _ => new AfterToolResult { Error = "The receipt is missing." } }).AddAgentHook<Interceptor>());

        var call = await app.CompletedCallAsync(await app.RunAsync("caller"));

        Assert.Equal("hook_error", (string?)call["error"]!["code"]);
        Assert.Single(app.Payments.Made);
    }

    [Fact]
    public async Task R_HK_2_messages_of_a_hook_are_part_of_the_conversation()
    {
        var witness = new Witness();
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(witness).AddAgentHook<Witness>()
            .AddSingleton(new Interceptor { Step = info => new BeforeStepResult { ExtraMessages = [Message.User($"stop before {info.Step}")] } }).AddAgentHook<Interceptor>());

        var run = await app.RunAsync("looper");

        Assert.Equal("Stopped.", (string?)run["content"]);
        Assert.Equal(["system", "user", "assistant", "tool", "user"], witness.Told.OfType<RequestInfo>().Last().Messages.Select(m => m.Role));
        var stored = (await app.GetAsync($"/api/v1/runs/{run["run_id"]}/messages"))["data"]!.AsArray();
        Assert.Contains("stop before 2", stored[3]!.ToJsonString());
        var chat = (await app.RootAsync(run))["children"]!.AsArray().Last(span => ((string)span!["name"]!).StartsWith("chat ", StringComparison.Ordinal));
        Assert.Contains("stop before 2", chat!["attributes"]!["gen_ai.input.messages"]!.ToJsonString());
    }

    [Fact]
    public async Task R_HK_2_stop_wins_over_messages_and_ends_the_run_before_the_step()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Step = info => new BeforeStepResult { ExtraMessages = [Message.User("never sent")] } }).AddAgentHook<Interceptor>()
            .AddSingleton(new SecondInterceptor { Step = info => new BeforeStepResult { Stop = true } }).AddAgentHook<SecondInterceptor>());

        var run = await app.RunAsync("looper");

        Assert.Equal(("completed", "hook_stopped", 1), ((string?)run["status"], (string?)run["termination_reason"], (int)run["steps"]!));
        Assert.DoesNotContain("never sent", (await app.GetAsync($"/api/v1/runs/{run["run_id"]}/messages")).ToJsonString());
        var hook = Assert.Single((await app.RootAsync(run))["children"]!.AsArray(), span => (string?)span!["name"] == "hook SecondInterceptor"
            && (string?)span["attributes"]!["agentfunctions.hook.point"] == "before_step");
        Assert.Equal("stop", (string?)hook!["attributes"]!["agentfunctions.hook.effect"]);
    }

    [Theory]
    [InlineData("caller", "natural", false)]
    [InlineData("looper", "max_steps", false)]
    [InlineData("looper", "hook_stopped", true)]
    public async Task R_HK_3_the_root_span_says_why_the_run_ended(string agent, string reason, bool stops)
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Step = _ => stops ? new BeforeStepResult { Stop = true } : null }).AddAgentHook<Interceptor>());

        var run = await app.RunAsync(agent);

        Assert.Equal(reason, (string?)run["termination_reason"]);
        Assert.Equal(reason, (string?)(await app.RootAsync(run))["attributes"]!["agentfunctions.run.termination_reason"]);
    }

    [Fact]
    public async Task R_HK_3_a_structured_run_that_a_hook_stops_says_so()
    {
        const string Config = """
            models:
              repeating: { provider: scripted, model: repeating-script, script: [{ call: [{ tool: pay, arguments: { amount: 5 } }] }] }
            agents:
              - name: structured
                model: repeating
                prompt: Pay.
                tools: [pay]
                output: { schema: { type: object, properties: { sum: { type: integer } }, required: [sum] } }
            """;
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Step = _ => new BeforeStepResult { Stop = true } }).AddAgentHook<Interceptor>(), Config);

        var run = await app.RunAsync("structured");

        Assert.Equal(("completed", "hook_stopped"), ((string?)run["status"], (string?)run["termination_reason"]));
        Assert.Equal("hook_stopped", (string?)(await app.RootAsync(run))["attributes"]!["agentfunctions.run.termination_reason"]);
    }

    [Fact]
    public async Task R_HK_4_later_runs_of_the_session_see_the_answer_as_the_post_hooks_left_it()
    {
        const string Config = """
            models:
              telling: { provider: scripted, model: telling-script, script: [{ say: "The code is 1234." }] }
            agents:
              - { name: teller, model: telling, prompt: Tell., post_hooks: [hide] }
            """;
        var witness = new Witness();
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(witness).AddAgentHook<Witness>()
            .AddPostHook("hide", (context, _) => ValueTask.FromResult(HookVerdict.Replace(context.Text.Replace("1234", "****")))), Config);

        await app.RunAsync("teller", "first", "ses-1");
        var run = await app.RunAsync("teller", "second", "ses-1");

        var sent = witness.Told.OfType<RequestInfo>().Last().Messages.Skip(1).ToList();
        Assert.Equal(["first", "The code is ****.", "second"], sent.Select(m => m.Text));
        Assert.Equal("The code is ****.", (string?)run["content"]);
        var runs = app.Get<IRunStore>();
        var work = await RunWork.ReadAsync(runs, (await runs.GetAsync((string)run["run_id"]!))!, CancellationToken.None);
        Assert.Equal(sent.Select(m => m.Text), work.InputOf(Assert.Single(work.ModelCalls)).Select(m => m.Text));
        Assert.Equal("The code is 1234.", work.OutputOf(work.ModelCalls[0])!.Text);
    }

    [Fact]
    public async Task R_HK_4_a_post_hook_must_leave_a_structured_output_that_fits()
    {
        const string Config = """
            models:
              adding: { provider: scripted, model: adding-script, script: [{ say: '{ "sum": 3 }' }] }
            agents:
              - name: adder
                model: adding
                prompt: Add.
                post_hooks: [spoil]
                output: { schema: { type: object, properties: { sum: { type: integer } }, required: [sum] } }
            """;
        await using var app = await HookApp.StartAsync(services => services
            .AddPostHook("spoil", (context, _) => ValueTask.FromResult(HookVerdict.Replace(context.Text.Replace("3", "three")))), Config);

        Assert.Equal("OUTPUT_CHECK", (string?)(await app.RunAsync("adder"))["error"]!["code"]);
    }

    [Fact]
    public async Task R_HK_1_a_tool_does_not_run_when_the_hook_before_it_fails()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(new Interceptor { Before = _ => throw new InvalidOperationException("no connection") }).AddAgentHook<Interceptor>());

        var run = await app.RunAsync("caller");

        Assert.Equal("completed", (string?)run["status"]);
        Assert.Empty(app.Payments.Made);
        Assert.Equal("hook_failed", (string?)(await app.CompletedCallAsync(run))["error"]!["code"]);
    }

    [Fact]
    public async Task R_HK_1_other_hooks_that_fail_change_nothing_and_have_spans_with_the_error()
    {
        await using var app = await HookApp.StartAsync(services => services.AddAgentHook<Broken>());

        var run = await app.RunAsync("caller");

        Assert.Equal("Paid: paid 5", (string?)run["content"]);
        Assert.Single(app.Payments.Made);
        var root = await app.RootAsync(run);
        var broken = Descendants(root).Where(span => (string?)span["name"] == "hook Broken").ToList();
        Assert.Equal(["after_tool_execute", "before_step", "on_finish", "on_request", "on_request", "on_tool_call_start"],
            broken.Select(span => (string)span["attributes"]!["agentfunctions.hook.point"]!).Order());
        Assert.All(broken, span => Assert.Equal("InvalidOperationException", (string?)span["attributes"]!["error.type"]));
    }

    [Fact]
    public async Task R_TR_6_hooks_of_calls_have_their_spans_below_the_calls()
    {
        await using var app = await HookApp.StartAsync(services => services
            .AddSingleton(Adding<Interceptor>("first", 1, [])).AddAgentHook<Interceptor>().AddAgentHook<Witness>());

        var root = await app.RootAsync(await app.RunAsync("caller"));

        var tool = root["children"]!.AsArray().Single(span => (string?)span!["name"] == "execute_tool pay")!;
        Assert.Equal(["on_tool_call_start", "before_tool_execute", "after_tool_execute", "on_tool_call"],
            tool["children"]!.AsArray().Select(span => (string)span!["attributes"]!["agentfunctions.hook.point"]!));
        Assert.True((bool)tool["children"]![1]!["attributes"]!["agentfunctions.hook.modified_input"]!);
        Assert.True((bool)tool["children"]![2]!["attributes"]!["agentfunctions.hook.modified_output"]!);
        Assert.Contains("6", tool["attributes"]!["gen_ai.tool.call.arguments"]!.ToJsonString());
        var chat = root["children"]!.AsArray().First(span => ((string)span!["name"]!).StartsWith("chat ", StringComparison.Ordinal))!;
        Assert.Equal(["on_request", "on_response", "on_step_finish"],
            chat["children"]!.AsArray().Select(span => (string)span!["attributes"]!["agentfunctions.hook.point"]!));
    }

    private static T Adding<T>(string name, int amount, List<string> seen) where T : Interceptor, new() => new()
    {
        Before = info =>
        {
            var asked = info.Input.GetProperty("amount").GetInt32();
            seen.Add($"before {name} {asked}");
            return new BeforeToolResult { Input = Interceptor.Json(new { amount = asked + amount }) };
        },
        After = info =>
        {
            seen.Add($"after {name} {info.Output}");
            return new AfterToolResult { Output = Interceptor.Json($"{name}({info.Output})") };
        },
    };

    private static IEnumerable<JsonObject> Descendants(JsonObject span) =>
        (span["children"]?.AsArray() ?? []).Select(child => child!.AsObject()).SelectMany(child => Descendants(child).Prepend(child));
}
