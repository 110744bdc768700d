// One model call of a run: load the conversation, stream the model, store the answer, all under the step's key.
using AgentFunctions.Agents;
using AgentFunctions.Costs;
using AgentFunctions.Hooks;
using AgentFunctions.Models;
using AgentFunctions.Output;
using AgentFunctions.Sessions;
using AgentFunctions.Telemetry;
using AgentFunctions.Telemetry.Logging;
using AgentFunctions.Telemetry.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Runs;

/// <summary>
/// What the CallModel activity does. A step that was finished by an earlier delivery is answered from the store and
/// the model is not called again.
/// </summary>
public sealed class CallModelRunner(
    IRunStore runs, Conversation conversation, DefinitionResolver definitions, StepHooks hooks, IModelClients models, CallAccounting accounting, DailySpending spending,
    RunCancellation cancellation, RunTracer tracer, ModelMetrics metrics, TimeProvider time, ILogger<CallModelRunner> logger)
{
    public async Task<ModelStepResult> RunAsync(ModelStep step, CancellationToken cancellationToken)
    {
        using var stepScope = logger.BeginStep(step);
        if (await runs.GetResultAsync(step.RunId, step.Key, cancellationToken) is { } known)
            return AgentJson.Deserialize<ModelStepResult>(known);

        var run = await runs.RequireAsync(step.RunId, cancellationToken);
        using var runScope = logger.BeginRun(run);
        var agent = (await definitions.ResolveAsync(run.DefinitionHash, cancellationToken)).OnModel(step.Fallback);
        var started = time.GetUtcNow();
        if (await hooks.StopsBeforeAsync(step, run, agent, cancellationToken))
            return ModelStepResult.Stopped(step, started);
        var call = new ModelCall(step, run, agent)
        {
            StartedAt = started,
            Redelivered = !await BeginAsync(step, agent.Model, started, cancellationToken),
        };
        return await CallAsync(call, cancellationToken);
    }

    /// <summary>Marks the delivery. False when an earlier delivery of this attempt began and did not finish.</summary>
    private async Task<bool> BeginAsync(ModelStep step, ModelDefinition model, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var begun = await runs.CommitAsync(new RunCommit(step.RunId, step.BegunKey, AgentJson.Serialize(new WorkBegun(started)))
        {
            Events = [ModelRequestEvents.Started(step, model, started)],
            Change = run => run.IsFinished ? run : run with
            {
                Status = RunStatus.Running,
                StartedAt = run.StartedAt ?? started,
                SessionPosition = step.SessionPosition == 0 ? null : step.SessionPosition,
            },
        }, cancellationToken);
        return begun.Committed;
    }

    private async Task<ModelStepResult> CallAsync(ModelCall call, CancellationToken cancellationToken)
    {
        await LoadMessagesAsync(call, cancellationToken);
        using var span = tracer.StartChat(call.Run, call.Agent, call.Step.Step, call.Step.Attempt, call.StartedAt);
        StepLog.Calling(logger, call);
        var hooked = hooks.Begin(call);
        await hooks.RequestAsync(hooked, call, cancellationToken);
        var result = accounting.Settle(await StreamAsync(call, cancellationToken), call.Agent.Model);
        var answer = result.Status == ModelStepStatus.Succeeded ? call.Answer.ToMessage(result.FinishReason) : null;
        result = call.Checked(result, answer);
        result = await hooks.ResponseAsync(hooked, call, result, answer, cancellationToken);
        var outcome = await runs.CommitAsync(CommitOf(call, result, answer), cancellationToken);
        var standing = AgentJson.Deserialize<ModelStepResult>(outcome.ResultJson);
        if (outcome.Committed)
        {
            StepLog.Called(logger, call, standing, answer);
            metrics.Called(call.Agent, standing, call.Messages.Count, call.ChunkSeconds);
            span.Complete(RunSpans.Chat(call.Run, call.Agent, standing, call.Messages, answer));
            hooks.Trace(call.Run, call.Agent, standing.Hooks);
            await spending.AddAsync(standing, cancellationToken);
        }

        return standing;
    }

    private async Task LoadMessagesAsync(ModelCall call, CancellationToken cancellationToken)
    {
        call.Follow(await conversation.LoadAsync(call.Run, call.Agent, call.Step.SessionPosition, cancellationToken));
        var own = await runs.GetMessagesAsync(call.Run.RunId, cancellationToken);
        call.RunMessages = [.. own.Where(m => m.Step < call.Step.Step).Select(m => m.Message)];
    }

    private async Task<ModelStepResult> StreamAsync(ModelCall call, CancellationToken cancellationToken)
    {
        using var cancel = await cancellation.WatchAsync(call.Run.RunId, cancellationToken);
        await using var events = new EventBatcher(runs, call.Run.RunId, cancellationToken);
        try
        {
            if (call.Restarted)
                events.Add(call.RestartEvent(time.GetUtcNow()));
            await ReadUpdatesAsync(call, events, cancel.Token);
            await events.FlushAsync();
            return call.Succeeded(time.GetUtcNow());
        }
        catch (OperationCanceledException) when (cancel.RunWasCancelled && !cancellationToken.IsCancellationRequested)
        {
            await events.FlushAsync();
            return call.Ended(ModelStepStatus.Cancelled, time.GetUtcNow());
        }
        catch (ModelException e)
        {
            await events.FlushAsync();
            return call.Failed(e, time.GetUtcNow());
        }
    }

    private async Task ReadUpdatesAsync(ModelCall call, EventBatcher events, CancellationToken cancellationToken)
    {
        var client = models.Get(call.Agent.Model);
        await foreach (var update in client.GetStreamingResponseAsync(call.ChatMessages(), call.Options(), cancellationToken))
        {
            var now = time.GetUtcNow();
            call.NoteChunk(now);
            call.Answer.Add(update, now);
            foreach (var content in update.Contents)
            {
                if (call.EventFor(content, now) is { } streamed)
                    events.Add(streamed);
            }
        }

        if (call.ReasoningEvent(time.GetUtcNow()) is { } reasoning)
            events.Add(reasoning);
    }

    private static RunCommit CommitOf(ModelCall call, ModelStepResult result, Message? answer) =>
        new(call.Run.RunId, call.Step.Key, AgentJson.Serialize(result))
        {
            Messages = [.. MessagesOf(result, answer)],
            Events = [ModelRequestEvents.Completed(result, call.Agent.Model)],
            Change = run => run.IsFinished ? run : run with
            {
                Steps = result.Step,
                AnsweredBy = answer is null ? run.AnsweredBy : result.RequestModel,
                TimeToFirstTokenSeconds = run.TimeToFirstTokenSeconds ?? FirstTokenAfter(run, result),
                Usage = run.Usage + result.Usage,
                CostUsd = Money.Sum(run.CostUsd, result.CostUsd),
                UnpricedCalls = run.UnpricedCalls + (result.CostUnknown ? 1 : 0),
            },
        };

    private static double? FirstTokenAfter(RunRecord run, ModelStepResult result) =>
        result.TimeToFirstChunkSeconds is { } chunk ? (result.StartedAt - (run.StartedAt ?? result.StartedAt)).TotalSeconds + chunk : null;

    private static IEnumerable<NewMessage> MessagesOf(ModelStepResult result, Message? answer)
    {
        if (answer is not null)
            yield return new NewMessage($"assistant:{result.Step}", result.Step, answer, result.EndedAt);
        if (result.Output is { AskedAgain: true } check)
            yield return new NewMessage($"repair:{result.Step}", result.Step, OutputPrompt.Repair(check), result.EndedAt);
    }
}
