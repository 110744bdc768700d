// A run's turn in its session: runs of a session go one at a time in the order of their arrival.
using AgentFunctions.Activities;
using AgentFunctions.Entities;
using AgentFunctions.Runs;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace AgentFunctions.Orchestrations;

/// <summary>
/// Who ends a turn wakes the next run by an event. A waiting run also looks by itself, ever less often, whether the run before
/// it died without ending its turn. A member's run takes no turn: it works within its root run's.
/// </summary>
internal sealed class SessionTurns(RunScope scope)
{
    /// <summary>The external event that tells a waiting run to look again.</summary>
    private const string TurnEvent = "turn";

    private static readonly TimeSpan _firstLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _rarestLook = TimeSpan.FromHours(1);

    private readonly TaskOrchestrationContext _context = scope.Context;
    private readonly EntityInstanceId _session = new(nameof(SessionEntity), scope.Run.SessionId);

    /// <summary>Completes when it is the run's turn; false when it was cancelled before.</summary>
    public async Task<bool> TakeAsync()
    {
        if (scope.Run.Depth > 0)
            return true;
        var look = _firstLook;
        for (var place = await JoinAsync(); ; place = await JoinAsync())
        {
            if (place.Position > 0)
            {
                scope.SessionPosition = place.Position;
                scope.Log.Began(place.Position);
                return true;
            }

            var first = await scope.FirstAsync(look, _context.WaitForExternalEvent<object?>(TurnEvent), scope.Cancelled);
            if (first == scope.Cancelled)
                return false;
            if (first is null)
                await ReleaseAsync(place.Holder!);
            look = look * 2 < _rarestLook ? look * 2 : _rarestLook;
        }
    }

    /// <summary>Ends the turn, or the wait for it, and wakes the next run.</summary>
    public async Task EndAsync(RunUsage usage)
    {
        if (scope.Run.Depth == 0)
            await EndAsync(scope.Run.RunId, usage);
    }

    private Task<SessionPlace> JoinAsync() =>
        _context.Entities.CallEntityAsync<SessionPlace>(_session, nameof(SessionEntity.Join), scope.Run.RunId);

    private async Task EndAsync(string runId, RunUsage usage)
    {
        var next = await _context.Entities.CallEntityAsync<string?>(_session, nameof(SessionEntity.End), new SessionTurn(runId, usage));
        if (next is not null && next != scope.Run.RunId)
            _context.SendEvent(next, TurnEvent, null!);
    }

    // A run that was terminated, or died hard, ends no turn; the sweeper finishes its row.
    private async Task ReleaseAsync(string holder)
    {
        if (await _context.CallActivityAsync<RunUsage?>(nameof(FindEndedRun), holder, RunScope.Patient) is { } usage)
            await EndAsync(holder, usage);
    }
}
