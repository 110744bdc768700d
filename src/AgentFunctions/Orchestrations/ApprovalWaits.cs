// Waiting for a person: an event or a durable timer wakes the run; nothing is polled and nothing is held in memory.
using AgentFunctions.Activities;
using AgentFunctions.Approvals;

namespace AgentFunctions.Orchestrations;

/// <summary>The waits of one call.</summary>
/// <param name="scope">The run.</param>
/// <param name="places">Where the call has a place that it leaves to others while it waits; null when it has none to leave.</param>
internal sealed class ApprovalWaits(RunScope scope, CallPlaces? places = null)
{
    private ApprovalWait? _asked;

    /// <summary>The external event that tells a run to look at the approval's row again.</summary>
    public static string EventOf(string approvalId) => $"approval:{approvalId}";

    /// <summary>
    /// Waits if the call needs a person, and then is to be made again (true): the approval was decided or has expired, or the
    /// run was cancelled. Which of them, and who decided, is in the approval's row: the event itself proves nothing.
    /// </summary>
    /// <param name="wait">What the call said; null when it is done.</param>
    public async Task<bool> AreDueAsync(ApprovalWait? wait)
    {
        if (_asked is { } before && before.ApprovalId != wait?.ApprovalId)
            Notify(before, ApprovalNews.Resolved);
        if (wait is null || scope.Cancelled.IsCompleted)
            return false;
        if (_asked?.ApprovalId != wait.ApprovalId)
            Notify(wait, ApprovalNews.Requested);
        _asked = wait;
        await StandAsideAsync(wait);
        return true;
    }

    // Neither the run's budget of seconds nor its other calls pay for the time that a person takes.
    private async Task StandAsideAsync(ApprovalWait wait)
    {
        var begun = scope.Now;
        scope.Waits.Begin(begun);
        places?.GiveBack();
        try
        {
            await WaitAsync(wait);
        }
        finally
        {
            scope.Waits.End(begun, scope.Now);
            await (places?.TakeAsync() ?? Task.CompletedTask);
        }
    }

    private async Task WaitAsync(ApprovalWait wait)
    {
        var decided = scope.Context.WaitForExternalEvent<object?>(EventOf(wait.ApprovalId));
        if (wait.EscalateAt is { } escalation)
        {
            if (await IsOverAsync(decided, escalation))
                return;
            await scope.Context.CallActivityAsync(nameof(EscalateApproval), wait.ApprovalId, RunScope.Patient);
            Notify(wait, ApprovalNews.Escalated);
        }

        if (!await IsOverAsync(decided, wait.ExpiresAt))
            await scope.Context.CallActivityAsync(nameof(ExpireApproval), wait.ApprovalId, RunScope.Patient);
    }

    // False when the time came first. Without a time it waits as long as it takes.
    private async Task<bool> IsOverAsync(Task decided, DateTimeOffset? until)
    {
        if (until is not { } end)
        {
            await Task.WhenAny(decided, scope.Cancelled);
            return true;
        }

        var left = end - scope.Now;
        return await scope.FirstAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, decided, scope.Cancelled) is not null;
    }

    // Starts an orchestration of its own: a webhook that does not answer delays neither the wait nor the run.
    private void Notify(ApprovalWait wait, ApprovalNews news)
    {
        if (wait.Notifies)
            _ = scope.Context.CallActivityAsync(nameof(StartApprovalNotification), new ApprovalNotice(wait.ApprovalId, news), RunScope.Patient);
    }
}
