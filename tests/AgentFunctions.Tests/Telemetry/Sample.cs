using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Tools;

namespace AgentFunctions.Tests.Telemetry;

/// <summary>A run of two model calls, one failed attempt and two tool calls, one of which failed.</summary>
internal static class Sample
{
    public static DateTimeOffset Start { get; } = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static AgentDefinition Agent { get; } = new()
    {
        Name = "weather",
        Description = "Knows the weather.",
        Prompt = "You answer questions about the weather.",
        Model = new ModelDefinition { Key = "fast", Provider = "openai", Model = "gpt-4o-mini", Temperature = 0.2, MaxTokens = 500 },
        Tools = [new ToolDefinition { Name = "get_weather", Description = "Current weather of a city.", Parameters = Json("""{"type":"object"}""") }],
    };

    public static RunRecord Run(string runId = "run_1", string? traceParent = null, bool export = true)
    {
        var trace = RunTrace.Create(runId, traceParent);
        return new RunRecord
        {
            RunId = runId,
            AgentId = "weather",
            DefinitionHash = Agent.Hash,
            SessionId = "ses_1",
            SessionPosition = 2,
            UserId = "u-42",
            Input = "Weather in Oslo?",
            Content = "It rains.",
            Model = "gpt-4o-mini",
            Status = RunStatus.Completed,
            TraceId = trace.TraceIdHex,
            TraceParent = trace.TraceParent,
            Export = export,
            Steps = 2,
            TerminationReason = "natural",
            Usage = new RunUsage(30, 12, 4, 8),
            CostUsd = 0.0005m,
            CreatedAt = Start,
            StartedAt = Start.AddSeconds(1),
            FinishedAt = Start.AddSeconds(9),
        };
    }

    public static ModelStepResult FailedAttempt { get; } = new()
    {
        Step = 1,
        Attempt = 1,
        Status = ModelStepStatus.Retryable,
        Error = new RunError(RunErrorCodes.RateLimit, "Too many requests."),
        HttpStatus = 429,
        StartedAt = Start.AddSeconds(1),
        EndedAt = Start.AddSeconds(2),
        SessionMessages = 2,
    };

    public static ModelStepResult ToolCallingAnswer { get; } = new()
    {
        Step = 1,
        Attempt = 2,
        Status = ModelStepStatus.Succeeded,
        FinishReason = "tool_call",
        ToolCalls = [new ToolCallReference("call_7", "get_weather"), new ToolCallReference("call_8", "get_weather")],
        Usage = new RunUsage(10, 5, 4, 8),
        CostUsd = 0.0002m,
        StartedAt = Start.AddSeconds(3),
        EndedAt = Start.AddSeconds(4),
        TimeToFirstChunkSeconds = 0.25,
        ResponseId = "resp_1",
        ResponseModel = "gpt-4o-mini-2024",
        SessionMessages = 2,
    };

    public static ModelStepResult FinalAnswer { get; } = new()
    {
        Step = 2,
        Attempt = 1,
        Status = ModelStepStatus.Succeeded,
        FinishReason = "stop",
        Usage = new RunUsage(20, 7, 0, 0),
        CostUsd = 0.0003m,
        StartedAt = Start.AddSeconds(7),
        EndedAt = Start.AddSeconds(8),
        SessionMessages = 2,
    };

    public static ToolStepResult GoodTool { get; } = new()
    {
        Step = 1,
        CallId = "call_7",
        Tool = "get_weather",
        StartedAt = Start.AddSeconds(5),
        EndedAt = Start.AddSeconds(6),
    };

    public static ToolStepResult FailedTool { get; } = GoodTool with
    {
        CallId = "call_8",
        ErrorCode = "http_500",
        ErrorMessage = "The server said: secret words",
    };

    public static IReadOnlyList<RunMessage> Messages { get; } =
    [
        Stored(1, 0, Message.User("Weather in Oslo?")),
        Stored(2, 1, new Message { Role = "assistant", Parts = [Call("call_7", """{"city":"Oslo"}"""), Call("call_8", """{"city":"Bergen"}""")], FinishReason = "tool_call" }),
        Stored(3, 1, Message.ToolResult("call_7", Json("""{"sky":"rain"}"""))),
        Stored(4, 1, Message.ToolResult("call_8", Json("\"The server said: secret words\""))),
        Stored(5, 2, new Message { Role = "assistant", Parts = [MessagePart.OfText("It rains.")], FinishReason = "stop" }),
    ];

    public static IReadOnlyList<RunMessage> SessionMessages { get; } =
    [
        Stored(1, 0, Message.User("an even older question")),
        Stored(1, 0, Message.User("Hello?")),
        Stored(2, 1, new Message { Role = "assistant", Parts = [MessagePart.OfText("Hello!")] }),
    ];

    public static IReadOnlyList<RunResult> Results { get; } =
    [
        Result("model:1:1", FailedAttempt), Result("model:1:2", ToolCallingAnswer), Result("started:1:call_7", new { }),
        Result("tool:1:call_7", GoodTool), Result("tool:1:call_8", FailedTool), Result("model:2:1", FinalAnswer), Result("finish", new { }),
    ];

    public static RunWork Work { get; } = new(Results, Messages, SessionMessages);

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static RunResult Result<T>(string key, T value) => new(key, AgentJson.Serialize(value));

    private static RunMessage Stored(int position, int step, Message message) => new("run_1", position, step, message, Start);

    private static MessagePart Call(string id, string arguments) =>
        new() { Type = MessagePart.ToolCallType, Id = id, Name = "get_weather", Arguments = Json(arguments) };
}
