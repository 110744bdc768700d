// Makes a session's summary at the end of a run, before older messages fall out of the window.
using System.Text.Json.Nodes;
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Models;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Sessions;

/// <summary>When a session is summarized, and by which model.</summary>
/// <param name="AfterMessages">A run that ends with more messages than this since the last summary makes one.</param>
/// <param name="Model">Null for the agent's own.</param>
public sealed record SummaryDefinition(int AfterMessages, ModelDefinition? Model = null);

/// <summary>Input of SummarizeSession.</summary>
public sealed record SummaryStep(string RunId, int SessionPosition);

/// <summary>A summary as the run that made it keeps it, under <see cref="Key"/>.</summary>
/// <param name="Call">The model call, as step 0 of the run.</param>
/// <param name="Text">Null when the call failed: the next run tries again.</param>
/// <param name="ThroughRunId">The last run that it covers.</param>
public sealed record SummaryResult(ModelStepResult Call, string? Text, string ThroughRunId)
{
    public const string Key = "summary";
    public const string BegunKey = "summary:begun";

    /// <summary>The agent as the call saw it.</summary>
    public static AgentDefinition Of(AgentDefinition agent) => agent with { Model = agent.HistorySummary?.Model ?? agent.Model, Tools = [] };

    public Message? Message => Text is null ? null : new Message { Role = "assistant", Parts = [MessagePart.OfText(Text)], FinishReason = "stop" };
}

/// <summary>
/// What the SummarizeSession activity does. The call is counted in the run and has its span; a failed one costs the run
/// nothing but a warning, and everything stays in the window as far as it fits.
/// </summary>
public sealed partial class SessionSummarizer(
    IRunStore runs, ISessionStore sessions, DefinitionResolver definitions, IModelClients models, CallAccounting accounting, DailySpending spending,
    RunTracer tracer, ModelMetrics metrics, TimeProvider time, ILogger<SessionSummarizer> logger)
{
    private const int MostMessages = 10_000;

    /// <summary>The model call of the summary; null when none is due.</summary>
    public async Task<ModelStepResult?> SummarizeAsync(SummaryStep step, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        if (await runs.GetResultAsync(run.RunId, SummaryResult.Key, cancellationToken) is { } known)
            return await KeepAsync(run, AgentJson.Deserialize<SummaryResult>(known), cancellationToken);
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        var session = await sessions.GetAsync(run.SessionId, cancellationToken);
        if (agent.HistorySummary is null || session is null)
            return null;
        var old = await FallingOutAsync(run, agent, session, step.SessionPosition, cancellationToken);
        return old.Count == 0 ? null : await CallAsync(run, agent, SummaryText.Prompt(session.Summary, old), old[^1].RunId, cancellationToken);
    }

    // What the next run would not be sent, this run's messages being part of the conversation by then.
    private async Task<IReadOnlyList<RunMessage>> FallingOutAsync(
        RunRecord run, AgentDefinition agent, SessionRecord session, int position, CancellationToken cancellationToken)
    {
        var earlier = await runs.GetSessionMessagesAsync(run.SessionId, position, MostMessages, cancellationToken);
        var own = await runs.GetMessagesAsync(run.RunId, cancellationToken);
        var fresh = Conversation.After([.. earlier, .. own], session.Summary?.ThroughRunId);
        if (fresh.Count <= agent.HistorySummary!.AfterMessages && !(fresh.Sum(m => Conversation.TokensOf(m.Message)) > agent.HistoryTokens))
            return [];
        return [.. fresh.SkipLast(Conversation.Fit(fresh, agent.HistoryMessages, agent.HistoryTokens).Count)];
    }

    private async Task<ModelStepResult> CallAsync(
        RunRecord run, AgentDefinition agent, IReadOnlyList<ChatMessage> prompt, string throughRunId, CancellationToken cancellationToken)
    {
        var caller = SummaryResult.Of(agent);
        var started = time.GetUtcNow();
        var begun = await runs.CommitAsync(new RunCommit(run.RunId, SummaryResult.BegunKey, AgentJson.Serialize(new WorkBegun(started)))
        {
            Events = [Event("started", started)],
        }, cancellationToken);
        using var span = tracer.StartChat(run, caller, 0, 1, started);
        var made = await AskAsync(caller.Model, prompt, started, cancellationToken);
        var result = made with { Call = accounting.Settle(made.Call with { UsageUnknown = made.Call.UsageUnknown || !begun.Committed }, caller.Model), ThroughRunId = throughRunId };
        var outcome = await runs.CommitAsync(new RunCommit(run.RunId, SummaryResult.Key, AgentJson.Serialize(result))
        {
            Events = [Event(result.Text is null ? "failed" : "completed", result.Call.EndedAt)],
        }, cancellationToken);
        if (outcome.Committed)
        {
            metrics.Called(caller, result.Call, prompt.Count, []);
            span.Complete(RunSpans.Chat(run, caller, result.Call, [], result.Message));
            await spending.AddAsync(result.Call, cancellationToken);
        }

        return await KeepAsync(run, AgentJson.Deserialize<SummaryResult>(outcome.ResultJson), cancellationToken);
    }

    private async Task<SummaryResult> AskAsync(ModelDefinition model, IReadOnlyList<ChatMessage> prompt, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var answer = new AnswerBuilder(0);
        var options = new ChatOptions { ModelId = model.Model, Temperature = (float?)model.Temperature, MaxOutputTokens = SummaryText.MaxTokens };
        try
        {
            await foreach (var update in models.Get(model).GetStreamingResponseAsync(prompt, options, cancellationToken))
                answer.Add(update, time.GetUtcNow());
            var text = answer.ToMessage(null).Text.Trim();
            return new SummaryResult(CallOf(answer, ModelStepStatus.Succeeded, null, started), text.Length == 0 ? null : text, "");
        }
        catch (ModelException e)
        {
            LogFailed(e, model.Model);
            return new SummaryResult(CallOf(answer, ModelStepStatus.Failed, new RunError(e.Code, e.Message), started), null, "");
        }
    }

    private ModelStepResult CallOf(AnswerBuilder answer, ModelStepStatus status, RunError? error, DateTimeOffset started) => new()
    {
        Step = 0,
        Attempt = 1,
        Status = status,
        FinishReason = status == ModelStepStatus.Succeeded ? answer.FinishReason : null,
        Usage = answer.Usage ?? RunUsage.None,
        UsageUnknown = answer.Usage is null && answer.Began,
        Error = error,
        StartedAt = started,
        EndedAt = time.GetUtcNow(),
        TimeToFirstChunkSeconds = (answer.FirstChunkAt - started)?.TotalSeconds,
        ResponseId = answer.ResponseId,
        ResponseModel = answer.ResponseModel,
    };

    // Also after a repeated delivery: the first may have died before it came here.
    private async Task<ModelStepResult> KeepAsync(RunRecord run, SummaryResult made, CancellationToken cancellationToken)
    {
        if (made.Text is { } text)
        {
            var summary = new SessionSummary(text, made.ThroughRunId, run.RunId, made.Call.EndedAt);
            await sessions.ChangeAsync(
                run.SessionId, session => session.Summary?.At > summary.At ? session : session with { Summary = summary }, cancellationToken);
        }

        return made.Call;
    }

    private static NewRunEvent Event(string status, DateTimeOffset at) =>
        new(RunEventTypes.Summary, new JsonObject { ["status"] = status }, at, $"summary:{status}");

    [LoggerMessage(EventId = 1381, Level = LogLevel.Warning, Message = "The session could not be summarized by {Model}; the next run tries again")]
    private partial void LogFailed(Exception exception, string model);
}
