// What the audit log does by itself, at start and every night: notes a changed configuration, removes what is past its time, tells its head.
using AgentFunctions.Configuration;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace AgentFunctions.Audit;

/// <summary>
/// The head that is logged is an anchor outside the log: with it, <c>/api/v1/audit/verify</c> finds an end that was cut off.
/// </summary>
public sealed partial class AuditWatch(IAuditLog audit, ConfigurationAudit changes, AppConfiguration app, TimeProvider time, ILogger<AuditWatch> logger)
{
    [Function(nameof(AuditWatch))]
    public Task RunAsync([TimerTrigger("0 0 0 * * *", RunOnStartup = true)] TimerInfo timer, FunctionContext context) =>
        CheckAsync(context.CancellationToken);

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await changes.NoteAsync(cancellationToken);
        var now = time.GetUtcNow();
        if (app.Audit.RetentionDays is { } days && await audit.TrimAsync(now.AddDays(-days), now, cancellationToken) is > 0 and var removed)
            LogTrimmed(removed, days);
        var found = await audit.VerifyAsync(cancellationToken: cancellationToken);
        if (!found.Intact)
            LogBroken(found.BrokenAt, found.Problem);
        else if (found.Head is { } head)
            LogHead(found.Count, head.Sequence, head.Hash);
    }

    [LoggerMessage(EventId = 1121, Level = LogLevel.Information, Message = "The audit log is intact: {Count} records, the latest is {Sequence} with hash {Hash}")]
    private partial void LogHead(long count, long sequence, string hash);

    [LoggerMessage(EventId = 1122, Level = LogLevel.Critical, Message = "The audit log is broken at record {Sequence}: {Problem}")]
    private partial void LogBroken(long? sequence, string? problem);

    [LoggerMessage(EventId = 1123, Level = LogLevel.Information, Message = "Removed {Count} audit records of more than {Days} days ago")]
    private partial void LogTrimmed(long count, int days);
}
