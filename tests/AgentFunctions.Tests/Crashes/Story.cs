using System.Text.Json;
using AgentFunctions.Tests.CrashHost.Check;
using AgentFunctions.Tests.CrashHost.Host;
using AgentFunctions.Tests.CrashHost.Torture;
using AgentFunctions.Tests.CrashHost.Work;
using AgentFunctions.Tests.EndToEnd;
using Microsoft.Data.Sqlite;

namespace AgentFunctions.Tests.Crashes;

/// <summary>
/// The evidence of a small torture in which nothing went wrong: host 1 was killed, hosts 2 and 3 stopped in good order.
/// A test changes one thing in it, and the checker must see that.
/// </summary>
internal sealed class Story : IDisposable
{
    public const string Chain = "chain-0-1";
    public const string Letters = "letters-0-2";
    public const string Transfer = "transfer-1-1";
    public const string Parked = "parked-1-2";
    public const string Purged = "pause-1-3";
    public const string NeverBegun = "fan-0-3";
    public const string Family = "family-0-4";

    private readonly TempFolder _folder = new();
    private readonly TortureFiles _files;
    private readonly List<(int Epoch, string Line)> _steps = [];

    public Story()
    {
        _files = new TortureFiles(_folder.Path);
        Directory.CreateDirectory(_files.Data);
        Sql("""
            CREATE TABLE instances (number INTEGER PRIMARY KEY, instance_id, status, output);
            CREATE TABLE entities (entity_id, state, locked_by);
            CREATE TABLE inbox (instance_id);
            CREATE TABLE history (instance, sequence, events);
            """);
        TellOfChain();
        TellOfLetters();
        TellOfTransfer();
        TellOfEnds();
        TellOfFamily();
        TellOfSignals();
    }

    public List<Call> Calls { get; } = [];

    public List<Ending> Endings { get; } = [new(1, InGoodOrder: false), new(2, InGoodOrder: true), new(3, InGoodOrder: true)];

    public IReadOnlyList<Violation> Check()
    {
        using (var calls = new JsonLines<Call>(_files.Calls))
            Calls.ForEach(calls.Add);
        using (var endings = new JsonLines<Ending>(_files.Endings))
            Endings.ForEach(endings.Add);
        foreach (var epoch in _steps.GroupBy(step => step.Epoch, step => step.Line))
            File.WriteAllLines(_files.Steps(epoch.Key), epoch);
        return [.. Checker.Check(Evidence.Load(_files))];
    }

    public void Sql(string sql)
    {
        using var connection = StoredState.Open(_files.Database);
        using var command = new SqliteCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public void Start(int epoch, string run, int rank, int branch = 0, int task = 0) => _steps.Add((epoch, $"{StepLog.Started}\t{run}\t{rank}\t{branch}\t{task}"));

    public void End(int epoch, string run, int rank, int branch = 0) => _steps.Add((epoch, $"{StepLog.Ended}\t{run}\t{rank}\t{branch}\t0"));

    public void Forget(string run, int rank) => _steps.RemoveAll(step => step.Line.Contains($"{run}\t{rank}\t", StringComparison.Ordinal));

    public void Ask(CallKind kind, string target, string? argument = null, Answer answer = Answer.Acked, Sight? seen = null, int epoch = 2, int client = 0) =>
        Calls.Add(new Call(client, epoch, kind, target, argument, answer, seen));

    public void Change(Predicate<Call> which, Func<Call, Call> change)
    {
        var at = Calls.FindIndex(which);
        Calls[at] = change(Calls[at]);
    }

    public void StoreInstance(string id, string status, Outcome? output = null) => Sql($"""
        INSERT INTO instances (instance_id, status, output) VALUES ('{id}', {(status switch { "Completed" => 1, "Terminated" => 5, _ => 0 })}, '{JsonSerializer.Serialize(output)}');
        INSERT INTO history VALUES (last_insert_rowid(), 0, 'ExecutionStarted');
        """);

    public void StoreEntity(string id, object state) => Sql($"""
        DELETE FROM entities WHERE entity_id = '{id}';
        INSERT INTO entities VALUES ('{id}', '{JsonSerializer.Serialize(state)}', NULL);
        """);

    public void Dispose() => _folder.Dispose();

    /// <summary>Its first activity was in flight at the kill, so that it ran twice, as it may.</summary>
    private void TellOfChain()
    {
        var plan = new Plan(Shape.Chain, Size: 2, Salt: 3);
        Ask(CallKind.Start, Chain, JsonSerializer.Serialize(plan), epoch: 1);
        Start(1, Chain, 0);
        End(1, Chain, 0);
        Start(2, Chain, 0);
        End(2, Chain, 0);
        Start(2, Chain, 1);
        End(2, Chain, 1);
        StoreInstance(Chain, "Completed", OutcomeOf(Chain, plan));
        StoreEntity("@tally@t3", new[] { Chain });
    }

    private void TellOfLetters()
    {
        var plan = new Plan(Shape.Letters, Size: 2, Salt: 0);
        var letters = Enumerable.Range(0, 3).Select(letter => $"{Letters}:{letter}").ToList();
        Ask(CallKind.Start, Letters, JsonSerializer.Serialize(plan));
        Ask(CallKind.Look, Letters, seen: new Sight("Running", null, []));
        for (var letter = 0; letter < letters.Count; letter++)
        {
            Ask(CallKind.Raise, Letters, letters[letter]);
            Start(2, Letters, letter);
            End(2, Letters, letter);
        }
        StoreInstance(Letters, "Completed", OutcomeOf(Letters, plan, letters));
    }

    private void TellOfTransfer()
    {
        var plan = new Plan(Shape.Transfer, Size: 1, Salt: 9);
        Ask(CallKind.Start, Transfer, JsonSerializer.Serialize(plan), client: 1);
        Start(2, Transfer, 0);
        End(2, Transfer, 0);
        StoreInstance(Transfer, "Completed", OutcomeOf(Transfer, plan));
        StoreAccount(plan.Accounts.From, -plan.Amount);
        StoreAccount(plan.Accounts.To, plan.Amount);
    }

    private void TellOfEnds()
    {
        Ask(CallKind.Start, Parked, JsonSerializer.Serialize(new Plan(Shape.Parked, 1, 0)), client: 1);
        Start(2, Parked, 0);
        End(2, Parked, 0);
        Ask(CallKind.Look, Parked, seen: new Sight("Running", null, ["0/0"]), client: 1);
        Ask(CallKind.Terminate, Parked, client: 1);
        StoreInstance(Parked, "Terminated");

        var pause = new Plan(Shape.Pause, 1, 0);
        Ask(CallKind.Start, Purged, JsonSerializer.Serialize(pause), client: 1);
        foreach (var rank in new[] { 0, 1 })
        {
            Start(2, Purged, rank);
            End(2, Purged, rank);
        }
        Ask(CallKind.Look, Purged, seen: new Sight("Completed", JsonSerializer.SerializeToElement(OutcomeOf(Purged, pause)), null), client: 1);
        Ask(CallKind.Purge, Purged, client: 1);

        Ask(CallKind.Start, NeverBegun, JsonSerializer.Serialize(new Plan(Shape.Fan, 1, 0)), Answer.Unknown, epoch: 1);
        Ask(CallKind.Look, NeverBegun, answer: Answer.Missing);
    }

    private void TellOfFamily()
    {
        var plan = new Plan(Shape.Family, Size: 1, Salt: 0);
        var (childId, childPlan) = Forecast.Children(Family, plan).Single();
        Ask(CallKind.Start, Family, JsonSerializer.Serialize(plan));
        foreach (var run in new[] { childId, Family })
        {
            Start(2, run, 0);
            End(2, run, 0);
        }
        StoreInstance(childId, "Completed", OutcomeOf(childId, childPlan));
        StoreInstance(Family, "Completed", OutcomeOf(Family, plan));
        StoreEntity("@tally@t0", new[] { childId });
    }

    /// <summary>The third signal had no answer, but was applied, as it may.</summary>
    private void TellOfSignals()
    {
        Ask(CallKind.Signal, "0-0", "0-1");
        Ask(CallKind.Signal, "0-0", "0-2");
        Ask(CallKind.Signal, "0-0", "1-1", Answer.Unknown, epoch: 1, client: 1);
        StoreSignals("0-1", "1-1", "0-2");
    }

    public void StoreSignals(params string[] applied)
    {
        StoreEntity("@counter@0-0", applied);
        StoreEntity("@mirror@0-0", applied);
    }

    private void StoreAccount(string account, int amount) => StoreEntity(
        CrashHost.Host.Entities.Account(account).ToString(), new AccountState { Balance = amount, Bookings = [new Booking(Transfer, amount, amount)] });

    private static Outcome OutcomeOf(string id, Plan plan, IReadOnlyList<string>? letters = null) =>
        new(Forecast.Value(id, plan, letters?.Count ?? 0), letters ?? []);
}
