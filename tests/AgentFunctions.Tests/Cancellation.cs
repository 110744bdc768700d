// Waiting for nothing but a cancellation.
namespace AgentFunctions.Tests;

internal static class Cancellation
{
    /// <summary>Ends only when the token fires, as cancelled: what a call that hangs looks like.</summary>
    public static Task HangAsync(CancellationToken cancellationToken) =>
        new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously).Task.WaitAsync(cancellationToken);
}
