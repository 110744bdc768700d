// What activities log of their work. Content (what people, models and tools said) is in lines of level Trace only.
using System.Text.Json;
using AgentFunctions.Agents;
using AgentFunctions.Models;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Runs;

internal static partial class StepLog
{
    public static void Calling(ILogger logger, ModelCall call)
    {
        LogCalling(logger, call.Run.RunId, call.Step.Step, call.Step.Attempt, call.Agent.Model.Model, call.Messages.Count);
        if (logger.IsEnabled(LogLevel.Trace))
            LogSent(logger, call.Run.RunId, call.Step.Step, call.Agent.Prompt, AgentJson.Serialize(call.Messages.Select(m => m.WithoutData())));
    }

    public static void Called(ILogger logger, ModelCall call, ModelStepResult result, Message? answer)
    {
        var level = result.Status is ModelStepStatus.Succeeded or ModelStepStatus.Cancelled ? LogLevel.Debug : LogLevel.Warning;
        LogCalled(logger, level, call.Run.RunId, result.Step, result.Status, result.FinishReason ?? result.Error?.Code,
            (result.EndedAt - result.StartedAt).TotalSeconds, result.Usage.PromptTokens, result.Usage.CompletionTokens);
        // A provider's message may quote what it was sent.
        if (logger.IsEnabled(LogLevel.Trace))
            LogAnswered(logger, call.Run.RunId, result.Step, answer is null ? result.Error?.Message : AgentJson.Serialize(answer));
    }

    public static void Executing(ILogger logger, ToolStep step, MessagePart call)
    {
        LogExecuting(logger, step.RunId, step.Step, step.Tool);
        if (logger.IsEnabled(LogLevel.Trace))
            LogArguments(logger, step.RunId, step.Step, step.Tool, call.Arguments?.GetRawText());
    }

    public static void Executed(ILogger logger, ToolStep step, ToolStepResult result, JsonElement response)
    {
        LogExecuted(logger, step.RunId, step.Step, step.Tool, result.ErrorCode ?? "success", (result.EndedAt - result.StartedAt).TotalSeconds);
        if (logger.IsEnabled(LogLevel.Trace))
            LogResponse(logger, step.RunId, step.Step, step.Tool, response.GetRawText());
    }

    [LoggerMessage(EventId = 1311, Level = LogLevel.Debug,
        Message = "Run {RunId} step {Step}: attempt {Attempt} calls {Model} with {Messages} messages")]
    private static partial void LogCalling(ILogger logger, string runId, int step, int attempt, string model, int messages);

    [LoggerMessage(EventId = 1312,
        Message = "Run {RunId} step {Step}: the model call {Status} ({Outcome}) after {Seconds} s with {PromptTokens} and {CompletionTokens} tokens")]
    private static partial void LogCalled(
        ILogger logger, LogLevel level, string runId, int step, ModelStepStatus status, string? outcome, double seconds, long promptTokens, long completionTokens);

    [LoggerMessage(EventId = 1313, Level = LogLevel.Debug, Message = "Run {RunId} step {Step}: executes {Tool}")]
    private static partial void LogExecuting(ILogger logger, string runId, int step, string tool);

    [LoggerMessage(EventId = 1314, Level = LogLevel.Debug, Message = "Run {RunId} step {Step}: {Tool} gave {Outcome} after {Seconds} s")]
    private static partial void LogExecuted(ILogger logger, string runId, int step, string tool, string outcome, double seconds);

    [LoggerMessage(EventId = 1321, Level = LogLevel.Trace, Message = "Run {RunId} step {Step} sends system prompt {Prompt} and {Messages}")]
    private static partial void LogSent(ILogger logger, string runId, int step, string prompt, string messages);

    [LoggerMessage(EventId = 1322, Level = LogLevel.Trace, Message = "Run {RunId} step {Step} is answered {Answer}")]
    private static partial void LogAnswered(ILogger logger, string runId, int step, string? answer);

    [LoggerMessage(EventId = 1323, Level = LogLevel.Trace, Message = "Run {RunId} step {Step}: {Tool} gets {Arguments}")]
    private static partial void LogArguments(ILogger logger, string runId, int step, string tool, string? arguments);

    [LoggerMessage(EventId = 1324, Level = LogLevel.Trace, Message = "Run {RunId} step {Step}: {Tool} gave {Response}")]
    private static partial void LogResponse(ILogger logger, string runId, int step, string tool, string response);
}
