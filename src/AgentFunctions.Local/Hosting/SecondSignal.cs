using System.Runtime.InteropServices;

namespace AgentFunctions.Local.Hosting;

/// <summary>
/// Ends the process at the second Ctrl-C or SIGTERM. The first begins an orderly stop, which may take its grace period; whoever
/// asks again does not want to wait. Nothing acknowledged is lost: the next start goes on from the stored state, as after a crash.
/// </summary>
internal sealed class SecondSignal : IDisposable
{
    private const int ExitCodeOfSignals = 128; // plus the signal's number, by custom

    private readonly PosixSignalRegistration[] _registrations;
    private int _signals;

    public SecondSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Count(2)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Count(15)),
    ];

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private void Count(int number)
    {
        if (Interlocked.Increment(ref _signals) > 1)
            Environment.Exit(ExitCodeOfSignals + number);
    }
}
