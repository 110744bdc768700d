using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>What a client does with one run, from its start until it has seen its end. One request at a time.</summary>
internal sealed class RunScript(Client client, Random random, string id, Plan plan)
{
    private enum Start
    {
        NotAsked,
        Unknown,
        Known,
    }

    private readonly int _letters = plan.Shape is Shape.Letters or Shape.Mailbox ? plan.Size : 0;
    private Start _start;
    private int _lettersSent;
    private bool _suspended;
    private bool _terminated;

    public bool IsDone { get; private set; }

    private bool HasLetters => _letters > 0 && _lettersSent <= _letters;

    /// <param name="finishing">Take the shortest way to the end.</param>
    public Task AdvanceAsync(bool finishing)
    {
        if (_start != Start.Known)
            return _start == Start.NotAsked ? StartAsync() : FindOutAsync();
        if (_suspended && (finishing || Chance(40)))
            return ResumeAsync();
        if (!_suspended && !finishing && Chance(6))
            return SuspendAsync();
        if (!_terminated && (plan.Shape == Shape.Parked ? finishing || Chance(30) : Chance(3)))
            return TerminateAsync();
        return HasLetters && (finishing || Chance(70)) ? SendLetterAsync() : LookAsync();
    }

    private async Task StartAsync()
    {
        var call = await client.StartAsync(id, plan);
        _start = call.Answer == Answer.Acked ? Start.Known : Start.Unknown;
    }

    /// <summary>The process died during the start. Asking again blindly could start the run a second time.</summary>
    private async Task FindOutAsync()
    {
        var call = await client.LookAsync(id, withHistory: false);
        if (call.Answer == Answer.Acked)
            _start = Start.Known;
        else if (call.Answer == Answer.Missing && Chance(50))
            _start = Start.NotAsked;
        else
            IsDone = call.Answer == Answer.Missing;
    }

    private async Task SuspendAsync()
    {
        var call = await client.ControlAsync(CallKind.Suspend, id, "suspend");
        _suspended = call.Answer is Answer.Acked or Answer.Unknown;
    }

    private async Task ResumeAsync()
    {
        var call = await client.ControlAsync(CallKind.Resume, id, "resume");
        _suspended = call.Answer is not (Answer.Acked or Answer.Refused or Answer.Missing);
    }

    private async Task TerminateAsync()
    {
        var call = await client.ControlAsync(CallKind.Terminate, id, "terminate");
        _terminated = call.Answer is Answer.Acked or Answer.Refused;
    }

    private async Task SendLetterAsync()
    {
        var last = _lettersSent == _letters;
        var call = await client.RaiseAsync(id, new Letter($"{id}:{_lettersSent}", last));
        if (call.Answer is Answer.Refused or Answer.Missing)
            _lettersSent = _letters + 1; // it has ended, by an earlier copy of the last letter or because it was terminated
        else if (!last || call.Answer == Answer.Acked)
            _lettersSent++;
    }

    private async Task LookAsync()
    {
        var call = await client.LookAsync(id, withHistory: Chance(50));
        if (call.Answer == Answer.Missing)
            IsDone = true; // the checker will have something to say
        if (call.Seen is not { HasEnded: true })
            return;
        IsDone = true;
        if (Chance(40))
            await client.PurgeAsync(id);
    }

    private bool Chance(int percent) => random.Next(100) < percent;
}
