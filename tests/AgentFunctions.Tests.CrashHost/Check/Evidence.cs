using System.Text.Json;
using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Check;

/// <summary>All that a torture left behind: the clients' logs, the witness of the activities, and the database.</summary>
internal sealed class Evidence
{
    private Evidence(IReadOnlyList<Call> calls, IReadOnlyList<Ending> endings, IReadOnlyList<StepLine> steps, StoredState state)
    {
        (Calls, Steps, State) = (calls, steps, state);
        EndedInGoodOrder = endings.Where(ending => ending.InGoodOrder).Select(ending => ending.Epoch).ToHashSet();
        Hosts = endings.Count;
        Runs = KnownRun.Of(calls).ToDictionary(run => run.Id);
    }

    /// <summary>In the order of the answers.</summary>
    public IReadOnlyList<Call> Calls { get; }

    /// <summary>In the order in which they happened.</summary>
    public IReadOnlyList<StepLine> Steps { get; }

    public StoredState State { get; }

    public int Hosts { get; }

    public IReadOnlySet<int> EndedInGoodOrder { get; }

    /// <summary>Every run that a client asked for, and their children.</summary>
    public IReadOnlyDictionary<string, KnownRun> Runs { get; }

    public static Evidence Load(TortureFiles files)
    {
        var endings = JsonLines<Ending>.Read(files.Endings);
        var steps = Enumerable.Range(1, endings.Count + 1) // the last one may not have come to its end
            .Where(epoch => File.Exists(files.Steps(epoch)))
            .SelectMany(epoch => StepLine.Read(files.Steps(epoch), epoch));
        return new Evidence(JsonLines<Call>.Read(files.Calls), endings, [.. steps], StoredState.Read(files.Database));
    }
}

/// <summary>A run that a client asked for, or a child of one.</summary>
/// <param name="Calls">What clients asked about it, in order; a run belongs to one client.</param>
internal sealed record KnownRun(string Id, Plan Plan, IReadOnlyList<Call> Calls, KnownRun? Parent)
{
    public bool StartWasAcked => Was(CallKind.Start, Answer.Acked);

    /// <summary>A client looked for it when the start before was over one way or the other, and found nothing.</summary>
    public bool NeverBegan => Parent?.NeverBegan ?? Calls.LastOrDefault(call => call.Kind is CallKind.Start or CallKind.Look) is
    { Kind: CallKind.Look, Answer: Answer.Missing } && !StartWasAcked && !Calls.Any(call => call.Seen is not null);

    /// <summary>The end that a client saw, if it saw one.</summary>
    public Call? SeenEnd { get; } = Calls.LastOrDefault(call => call.Seen is { HasEnded: true });

    public bool Asked(CallKind kind) => Calls.Any(call => call.Kind == kind);

    public bool Was(CallKind kind, Answer answer) => Calls.Any(call => call.Kind == kind && call.Answer == answer);

    public static IEnumerable<KnownRun> Of(IEnumerable<Call> calls) =>
        from call in calls
        where call.Kind != CallKind.Signal
        group call by call.Target into ofRun
        let start = ofRun.First(call => call.Kind == CallKind.Start)
        from run in WithChildren(new KnownRun(ofRun.Key, JsonSerializer.Deserialize<Plan>(start.Argument!)!, [.. ofRun], null))
        select run;

    private static IEnumerable<KnownRun> WithChildren(KnownRun run) =>
        Forecast.Children(run.Id, run.Plan).Select(child => new KnownRun(child.Id, child.Plan, [], run)).Prepend(run);
}
