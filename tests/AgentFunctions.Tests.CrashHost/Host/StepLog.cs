using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace AgentFunctions.Tests.CrashHost.Host;

/// <summary>
/// The witness of side effects: a line when an activity starts and one when it ends. Each line is one write to a file of this
/// process alone, so it outlives a SIGKILL that comes right after it.
/// </summary>
/// <param name="lastLine">The process kills itself right after this line, in the middle of a side effect; 0 means never.</param>
internal sealed class StepLog(string path, int lastLine) : IDisposable
{
    public const char Started = 'S';
    public const char Ended = 'E';

    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    private readonly Lock _lock = new(); // keeps lines in the order of what they tell
    private int _lines;

    /// <param name="task">The call's sequence number in its execution: tells the attempts of a step apart.</param>
    public void Write(char what, string instanceId, int rank, int branch, int task)
    {
        var line = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what}\t{instanceId}\t{rank}\t{branch}\t{task}\n"));
        lock (_lock)
        {
            _file.Write(line);
            if (++_lines == lastLine)
                Process.GetCurrentProcess().Kill();
        }
    }

    public void Dispose() => _file.Dispose();
}
