// What a removed run left behind in a session that goes on: the summary, and the spans of later runs, which were sent its messages.
using AgentFunctions.Agents;
using AgentFunctions.Runs;
using AgentFunctions.Telemetry;

namespace AgentFunctions.Sessions;

/// <summary>Makes anew what was derived from the conversation, from what is left of it.</summary>
public sealed class SessionMending(
    IRunStore runs, ISessionStore sessions, ITraceErasure traces, DefinitionResolver definitions, RunTracer tracer)
{
    /// <summary>Safe to repeat: spans are functions of the stored runs.</summary>
    /// <exception cref="InvalidOperationException">The trace of a run could not be written now.</exception>
    public async Task MendAsync(string sessionId, CancellationToken cancellationToken)
    {
        await sessions.ChangeAsync(sessionId, session => session with { Summary = null }, cancellationToken);
        string? cursor = null;
        do
        {
            var page = await runs.ListAsync(new RunQuery(SessionId: sessionId, Limit: 200, Cursor: cursor), cancellationToken);
            foreach (var run in page.Items.Where(run => run.IsFinished))
                await RewriteAsync(run, cancellationToken);
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
