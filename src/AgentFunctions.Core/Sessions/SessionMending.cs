// What a removed run left behind in a session that goes on: summaries, and the spans of later runs, which were sent its messages.
using System.Runtime.CompilerServices;
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Sessions;

/// <summary>Makes anew what was derived from the conversation, from what is left of it.</summary>
public sealed class SessionMending(
    IRunStore runs, ISessionStore sessions, IRunErasure erasure, ITraceErasure traces, DefinitionResolver definitions, RunTracer tracer)
{
    /// <summary>Safe to repeat: spans are functions of the stored runs.</summary>
    /// <exception cref="InvalidOperationException">The trace of a run could not be written now.</exception>
    public async Task MendAsync(string sessionId, CancellationToken cancellationToken)
    {
        await sessions.ChangeAsync(sessionId, session => session with { Summary = null }, cancellationToken);
        // Summaries first: the spans of a run show the summary that an earlier run made.
        await foreach (var run in FinishedAsync(sessionId, cancellationToken))
            await erasure.DeleteResultAsync(run.RunId, SummaryResult.Key, cancellationToken);
        await foreach (var run in FinishedAsync(sessionId, cancellationToken))
            await RewriteAsync(run, cancellationToken);
    }

    private async IAsyncEnumerable<RunRecord> FinishedAsync(string sessionId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await runs.ListAsync(new RunQuery(SessionId: sessionId, Limit: 200, Cursor: cursor), cancellationToken);
            foreach (var run in page.Items.Where(run => run.IsFinished))
                yield return run;
            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    private async Task RewriteAsync(RunRecord run, CancellationToken cancellationToken)
    {
        await traces.DeleteSpansAsync(run.TraceId, run.RunId, cancellationToken);
        var agent = await definitions.ResolveAsync(run.DefinitionHash, cancellationToken);
        if (!await tracer.RepairAsync(run, agent, cancellationToken))
            throw new InvalidOperationException($"The trace of run {run.RunId} could not be written anew now.");
    }
}
