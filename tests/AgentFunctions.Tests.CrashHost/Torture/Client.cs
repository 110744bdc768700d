using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using AgentFunctions.Tests.CrashHost.Work;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>
/// A client of the management API: makes one request after the other and writes down each answer. It starts runs, leads them to
/// their end, and signals counters.
/// </summary>
internal sealed class Client(int number, Random random, HostGate gate, JsonLines<Call> log)
{
    private const string Api = "/runtime/webhooks/durabletask";
    private const int MaxOpenRuns = 5;

    private readonly List<RunScript> _open = [];
    private int _runs;
    private int _signals;

    /// <summary>Works until it is told to finish, then leads what it began to its end.</summary>
    public async Task RunAsync(CancellationToken finish)
    {
        while (!finish.IsCancellationRequested)
        {
            if (_open.Count < MaxOpenRuns && random.Next(100) < 30)
                _open.Add(NewRun());
            else if (_open.Count == 0 || random.Next(100) < 25)
                await SignalAsync();
            else
                await AdvanceAsync(_open[random.Next(_open.Count)], finishing: false);
        }
        while (_open.Count > 0)
            await AdvanceAsync(_open[random.Next(_open.Count)], finishing: true);
    }

    public Task<Call> StartAsync(string id, Plan plan)
    {
        object input = plan.Shape is Shape.Loop or Shape.Mailbox ? new { plan.Size } : plan;
        return SendAsync(CallKind.Start, id, JsonSerializer.Serialize(plan), HttpMethod.Post, $"orchestrators/{plan.Shape}/{id}", input);
    }

    public Task<Call> RaiseAsync(string id, Letter letter) =>
        SendAsync(CallKind.Raise, id, letter.Id, HttpMethod.Post, $"instances/{id}/raiseEvent/{nameof(Letter)}", letter);

    /// <param name="verb">terminate, suspend or resume.</param>
    public Task<Call> ControlAsync(CallKind kind, string id, string verb) =>
        SendAsync(kind, id, null, HttpMethod.Post, $"instances/{id}/{verb}", null);

    public Task<Call> PurgeAsync(string id) =>
        SendAsync(CallKind.Purge, id, null, HttpMethod.Delete, $"instances/{id}", null);

    public Task<Call> LookAsync(string id, bool withHistory) =>
        SendAsync(CallKind.Look, id, null, HttpMethod.Get, $"instances/{id}?showInput=true&showHistory={withHistory}", null);

    private RunScript NewRun()
    {
        var shape = (Shape)random.Next(Enum.GetValues<Shape>().Length);
        var plan = new Plan(shape, 1 + random.Next(4), random.Next(10_000));
        return new RunScript(this, random, $"{shape.ToString().ToLowerInvariant()}-{number}-{++_runs}", plan);
    }

    private async Task AdvanceAsync(RunScript run, bool finishing)
    {
        await run.AdvanceAsync(finishing);
        if (run.IsDone)
            _open.Remove(run);
    }

    private Task<Call> SignalAsync()
    {
        const int SignalsPerCounter = 100; // bounds the list that a counter keeps
        var key = $"{_signals / SignalsPerCounter}-{random.Next(3)}";
        var signal = $"{number}-{++_signals}";
        return SendAsync(CallKind.Signal, key, signal, HttpMethod.Post, $"entities/Counter/{key}?op=Append", signal);
    }

    private async Task<Call> SendAsync(CallKind kind, string target, string? argument, HttpMethod method, string path, object? body)
    {
        var host = await gate.CurrentAsync();
        var (answer, seen) = await AskAsync(host, method, path, body, look: kind == CallKind.Look);
        var call = new Call(number, host.Epoch, kind, target, argument, answer, seen);
        log.Add(call);
        if (answer == Answer.Unknown)
            await gate.AfterAsync(host);
        else
            gate.Tick(host);
        return call;
    }

    private async Task<(Answer Answer, Sight? Seen)> AskAsync(HostProcess host, HttpMethod method, string path, object? body, bool look)
    {
        using var request = new HttpRequestMessage(method, $"{Api}/{path}");
        if (body is not null)
            request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        try
        {
            var http = await host.Listening;
            var asking = http.SendAsync(request);
            gate.Tick(host);
            using var response = await asking;
            var text = await response.Content.ReadAsStringAsync();
            var answer = AnswerOf(response.StatusCode);
            return (answer, look && answer == Answer.Acked ? Sights.Read(text) : null);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            return (Answer.TimedOut, null);
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            return (Answer.Unknown, null);
        }
    }

    private static Answer AnswerOf(HttpStatusCode status) => (int)status switch
    {
        < 300 => Answer.Acked,
        404 => Answer.Missing,
        < 500 => Answer.Refused,
        _ => Answer.Error,
    };
}
