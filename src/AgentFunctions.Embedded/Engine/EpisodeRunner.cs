using Microsoft.Extensions.Logging;

namespace AgentFunctions.Embedded.Engine;

/// <summary>
/// Takes an orchestration one episode further: gets it from memory or its history, runs its code with what arrived, and commits
/// what came of it. An error leaves everything as it was: the orchestration is read anew, and no outcome of an activity is lost.
/// </summary>
internal sealed class EpisodeRunner(
    EngineStore store, IEngineFunctions functions, ActivityOutcomes outcomes, ActivityQueue activities, EngineOptions options, ILogger log)
{
    private readonly ResidentOrchestrations _residents = new(options.MaxResidentOrchestrations);
    private readonly FreshStarts _fresh = new(options.MaxResidentOrchestrations);
    private readonly ReplayCheck _check = new(store, log);

    /// <summary>What a transaction made is known without reading it.</summary>
    public void Committed(Outbox sent)
    {
        _fresh.Remove(sent.Ready);
        _fresh.Add(sent.Fresh.Values);
    }

    /// <summary>Runs the code. What is given back is the commit, which may go on while other code runs.</summary>
    public async Task<Task> RunAsync(ReadyInstance ready)
    {
        var finished = outcomes.Take(ready.InstanceId);
        try
        {
            return await FindAsync(ready) is var (orchestration, inbox)
                ? PutBackOnErrorAsync(RunAsync(orchestration, [.. finished.Where(orchestration.Expects)], inbox))
                : Task.CompletedTask;
        }
        catch
        {
            PutBack();
            throw;
        }

        async Task PutBackOnErrorAsync(Task commit)
        {
            try
            {
                await commit;
            }
            catch
            {
                PutBack();
                throw;
            }
        }

        void PutBack() => outcomes.Add(ready.InstanceId, [.. finished]);
    }

    private async Task<(Orchestration, List<InboxMessage<HistoryEvent>>)?> FindAsync(ReadyInstance ready)
    {
        if (_residents.Take(ready.InstanceId) is { } resident)
        {
            return (resident, ready.ReadInbox ? await store.InboxAsync(ready.InstanceId) : []);
        }
        if ((_fresh.Take(ready.InstanceId) ?? await store.LoadAsync(ready.InstanceId)) is not { } stored)
        {
            return null;
        }
        return (new Orchestration(stored.Instance, stored.History, CodeOf(stored.Instance)), stored.Inbox);
    }

    private OrchestratorCode CodeOf(InstanceRow instance) =>
        functions.FindOrchestrator(instance.Name) ?? (_ => throw new FailureException(functions.Unknown("orchestrator", instance.Name)));

    private async Task RunAsync(Orchestration orchestration, List<ActivityOutcome> finished, List<InboxMessage<HistoryEvent>> inbox)
    {
        if (finished.Count + inbox.Count == 0)
        {
            _residents.Keep(orchestration);
            return;
        }
        var episode = orchestration.Continue([.. finished.Select(outcome => outcome.Event), .. inbox.Select(message => message.Body)], store.Now);
        await store.CommitAsync(orchestration, episode, [.. inbox.Take(episode.Applied.Count - finished.Count).Select(message => message.Id)]);
        if (episode.Status == InstanceStatus.Terminated)
        {
            activities.Abandon(orchestration.Instance.ExecutionId);
        }
        if (episode.Status.HasEnded())
        {
            EngineLog.Ended(log, orchestration.Instance.Name, orchestration.Instance.InstanceId, episode.Status, episode.Failure?.Message);
            if (episode.Status == InstanceStatus.Completed && options.MaxResidentOrchestrations > 0)
            {
                await _check.RunAsync(orchestration.Instance, CodeOf(orchestration.Instance));
            }
        }
        else if (episode.Status != InstanceStatus.ContinuedAsNew)
        {
            orchestration.Recorded(episode);
            _residents.Keep(orchestration);
        }
    }
}
