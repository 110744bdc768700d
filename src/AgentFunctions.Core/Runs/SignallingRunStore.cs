namespace AgentFunctions.Runs;

/// <summary>A run store that tells <see cref="RunSignals"/> of each write, after it is durable.</summary>
public sealed class SignallingRunStore(IRunStore inner, RunSignals signals) : DelegatingRunStore(inner)
{
    public override async Task<RunCreation> CreateAsync(
        RunRecord run, IReadOnlyList<NewRunEvent> events, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken = default)
    {
        var creation = await base.CreateAsync(run, events, messages, cancellationToken);
        signals.Raise(run.RunId);
        return creation;
    }

    public override async Task<CommitOutcome> CommitAsync(RunCommit commit, CancellationToken cancellationToken = default)
    {
        var outcome = await base.CommitAsync(commit, cancellationToken);
        signals.Raise(commit.RunId);
        return outcome;
    }

    public override async Task AppendEventsAsync(string runId, IReadOnlyList<NewRunEvent> events, CancellationToken cancellationToken = default)
    {
        await base.AppendEventsAsync(runId, events, cancellationToken);
        signals.Raise(runId);
    }

    public override async Task<RunRecord?> RequestCancelAsync(string runId, string? reason, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        var run = await base.RequestCancelAsync(runId, reason, at, cancellationToken);
        signals.Raise(runId);
        return run;
    }
}
