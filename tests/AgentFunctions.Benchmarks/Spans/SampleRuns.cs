// Finished runs as the run store holds them, made from a number: the same number gives the same run.
using System.Globalization;
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Tools;

namespace AgentFunctions.Benchmarks.Spans;

/// <summary>All that the run store holds of one finished run.</summary>
internal sealed record SampleRun(RunRecord Run, AgentDefinition Agent, RunWork Work);

/// <summary>
/// Runs of one of 20 agents, 1,000 users and 50,000 sessions. Each step but the last calls one tool, so a run of n steps has
/// 2n spans. Every 20th run fails at its last model call.
/// </summary>
/// <param name="begin">When run 0 started.</param>
/// <param name="pace">From one run's start to the next one's.</param>
/// <param name="steps">Model calls of a run.</param>
/// <param name="traceParent">The caller's trace, which all runs join; null for a trace each.</param>
internal sealed class SampleRuns(DateTimeOffset begin, TimeSpan pace, int steps, string? traceParent = null)
{
    private static readonly JsonElement s_parameters =
        JsonElement.Parse("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");

    private static readonly string[] s_models = ["gpt-4o-mini", "gpt-4o", "claude-sonnet-4-5", "mistral-large-latest"];
    private static readonly string[] s_tools = ["get_weather", "find_flights", "search_orders", "send_mail", "read_file"];
    private readonly AgentDefinition[] _agents = [.. Enumerable.Range(0, 20).Select(Agent)];

    public int SpansPerRun => 2 * steps;

    private AgentDefinition AgentOf(int number) => _agents[number % _agents.Length];

    /// <summary>Runs from number <paramref name="first"/> on, one at a time.</summary>
    public IEnumerable<SampleRun> Take(int first, int count) =>
        Enumerable.Range(first, count).Select(number => (Number: number, Run: Run(number))).Select(n => new SampleRun(n.Run, AgentOf(n.Number), Work(n.Run, n.Number)));

    public RunRecord Run(int number)
    {
        var agent = AgentOf(number);
        var id = number.ToString("x32", CultureInfo.InvariantCulture);
        var started = begin + (number * pace);
        var failed = number % 20 == 19;
        var run = new RunRecord
        {
            RunId = "run_" + id,
            AgentId = agent.Name,
            DefinitionHash = agent.Name,
            SessionId = $"session-{number * 7919L % 50_000}",
            UserId = $"user-{number * 104_729L % 1_000}",
            Input = "What is the weather in Oslo, and is there a flight tomorrow?",
            Model = agent.Model.Model,
            Status = failed ? RunStatus.Error : RunStatus.Completed,
            TerminationReason = failed ? "error" : "natural",
            Error = failed ? new RunError("provider_error", "The provider answered 500.") : null,
            TraceId = "",
            Steps = steps,
            Usage = new RunUsage(250 * steps, 40 * steps, 0, 0),
            CostUsd = 0.000_1m * steps,
            Content = failed ? null : "Four degrees and clear; the flight leaves at 09:40.",
            CreatedAt = started,
            StartedAt = started,
            FinishedAt = started + TimeSpan.FromMilliseconds(900 * steps),
        };
        return run with { TraceId = RunTrace.Create(run.RunId, traceParent).TraceIdHex, TraceParent = traceParent };
    }

    private RunWork Work(RunRecord run, int number)
    {
        var results = new List<RunResult>();
        var messages = new List<RunMessage> { Message(run, 0, Models.Message.User(run.Input)) };
        for (var step = 1; step <= steps; step++)
            AddStep(run, number, step, results, messages);
        return new RunWork(results, messages, []);
    }

    private void AddStep(RunRecord run, int number, int step, List<RunResult> results, List<RunMessage> messages)
    {
        var at = run.CreatedAt + TimeSpan.FromMilliseconds(900 * (step - 1));
        var last = step == steps;
        var tool = s_tools[(number + step) % s_tools.Length];
        var call = $"call_{step}";
        var chat = Chat(run, number, step, at, last);
        results.Add(new RunResult($"model:{step}:1", AgentJson.Serialize(chat)));
        if (last)
        {
            if (chat.Error is null)
                messages.Add(Message(run, step, new Message { Role = "assistant", Parts = [MessagePart.OfText(run.Content!)], FinishReason = "stop" }));
            return;
        }

        var arguments = JsonElement.Parse($$"""{"city":"Oslo","day":{{step}}}""");
        var answer = JsonElement.Parse("""{"temperature":4,"sky":"clear","wind":"north-west 6 m/s","source":"station 18700"}""");
        messages.Add(Message(run, step, new Message
        {
            Role = "assistant",
            Parts = [new MessagePart { Type = MessagePart.ToolCallType, Id = call, Name = tool, Arguments = arguments }],
            FinishReason = "tool_call",
        }));
        messages.Add(Message(run, step, Models.Message.ToolResult(call, answer)));
        var toolStart = at.AddMilliseconds(600 + (number % 100));
        results.Add(new RunResult($"tool:{step}:{call}", AgentJson.Serialize(new ToolStepResult
        {
            Step = step,
            CallId = call,
            Tool = tool,
            StartedAt = toolStart,
            EndedAt = toolStart.AddMilliseconds(20 + (number % 160)),
        })));
    }

    private static ModelStepResult Chat(RunRecord run, int number, int step, DateTimeOffset at, bool last)
    {
        var failed = last && run.Error is not null;
        return new ModelStepResult
        {
            Step = step,
            Attempt = 1,
            Status = failed ? ModelStepStatus.Failed : ModelStepStatus.Succeeded,
            FinishReason = failed ? null : last ? "stop" : "tool_call",
            Usage = new RunUsage(250, 40, 0, 0),
            CostUsd = 0.000_1m,
            Error = failed ? run.Error : null,
            StartedAt = at,
            EndedAt = at.AddMilliseconds(400 + (number % 200)),
            TimeToFirstChunkSeconds = 0.2,
            ResponseId = $"chatcmpl-{number}-{step}",
            ResponseModel = run.Model,
        };
    }

    private static RunMessage Message(RunRecord run, int step, Message message) => new(run.RunId, 0, step, message, run.CreatedAt);

    private static AgentDefinition Agent(int number) => new()
    {
        Name = $"agent-{number}",
        Description = "Answers questions about travel.",
        Prompt = "You plan trips. Use the tools, never guess, and answer in one sentence.",
        Model = new ModelDefinition { Key = "fast", Provider = "openai", Model = s_models[number % s_models.Length] },
        Tools = [.. s_tools.Select(name => new ToolDefinition { Name = name, Description = "Looks something up.", Parameters = s_parameters })],
    };
}
