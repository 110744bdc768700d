using System.Globalization;
using System.Text;
using AgentFunctions.Tests.CrashHost.Check;
using AgentFunctions.Tests.CrashHost.Host;

namespace AgentFunctions.Tests.CrashHost.Torture;

/// <summary>What a torture came to, in words.</summary>
internal sealed record TortureReport(TortureOptions Options, Evidence Evidence, IReadOnlyList<Violation> Violations, TimeSpan Elapsed)
{
    private const int MaxDetails = 5;
    private const int MaxLines = 60;

    public string Summary => string.Create(CultureInfo.InvariantCulture,
        $"{Evidence.Hosts} hosts ({Evidence.EndedInGoodOrder.Count} stopped in good order, the others killed), {Evidence.Runs.Count} runs, " +
        $"{Evidence.Calls.Count} calls ({Evidence.Calls.Count(call => call.Answer == Answer.Unknown)} cut off), {Evidence.Steps.Count / 2} activities " +
        $"({Repeats} repeated), {Elapsed.TotalSeconds:0} s: {(Violations.Count == 0 ? "nothing lost, doubled or stuck" : $"{Violations.Count} violations")}");

    private int Repeats => Evidence.Steps.Where(line => line.IsStart).GroupBy(line => (line.Instance, line.Step, line.Task)).Sum(starts => starts.Count() - 1);

    /// <summary>The violations, the evidence for the first of them, and how to run it again.</summary>
    public string Describe()
    {
        var text = new StringBuilder().AppendLine(Summary);
        foreach (var violation in Violations)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {violation.Rule}: {violation.Subject}: {violation.Detail}");
        foreach (var subject in Violations.Select(violation => violation.Subject).Distinct().Take(MaxDetails))
            DescribeSubject(text, subject);
        return text
            .AppendLine(CultureInfo.InvariantCulture, $"The evidence is in {Options.Folder}. The same clients and kills again:")
            .AppendLine(CultureInfo.InvariantCulture, $"  dotnet run --project tests/AgentFunctions.Tests.CrashHost -- torture --kills {Options.Kills} --seed {Options.Seed} --synchronous {Options.Synchronous}")
            .ToString();
    }

    private void DescribeSubject(StringBuilder text, string subject)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"== {subject}");
        foreach (var call in Evidence.Calls.Where(call => subject == call.Target || subject.EndsWith('@' + call.Target)).TakeLast(MaxLines))
            text.AppendLine(CultureInfo.InvariantCulture, $"host {call.Epoch}: {call.Kind} {call.Argument} -> {call.Answer} {call.Seen?.Status} {call.Seen?.Output}");
        foreach (var line in Evidence.Steps.Where(line => line.Instance == subject).TakeLast(MaxLines))
            text.AppendLine(CultureInfo.InvariantCulture, $"host {line.Epoch}: step {line.Step}, call {line.Task} {(line.IsStart ? StepLog.Started : StepLog.Ended)}");
        text.Append(Evidence.State.HistoryOf(subject));
    }
}
