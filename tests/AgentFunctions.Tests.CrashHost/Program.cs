// The crash harness as a command: serve (the host that is killed), torture (kill it), check (look at the evidence again).
using AgentFunctions.Embedded.Sqlite;
using AgentFunctions.Tests.CrashHost.Check;
using AgentFunctions.Tests.CrashHost.Host;
using AgentFunctions.Tests.CrashHost.Torture;

const string Usage = """
    torture [--kills 300] [--seed 1] [--synchronous Full|Normal] [--folder DIR]
    check DIR
    serve DATA STEPLOG LASTLINE Full|Normal
    """;

if (args.Any(arg => arg is "--help" or "-h"))
{
    Console.WriteLine(Usage);
    return 0;
}

switch (args)
{
    case ["serve", var data, var stepLog, var lastLine, var synchronous]:
        await CrashHostServer.ServeAsync(data, stepLog, int.Parse(lastLine), Enum.Parse<SqliteSynchronous>(synchronous));
        return 0;
    case ["torture", ..]:
        var options = new TortureOptions(
            int.Parse(Option("--kills") ?? "300"), int.Parse(Option("--seed") ?? "1"),
            Option("--folder") ?? Directory.CreateTempSubdirectory("torture-").FullName, Option("--synchronous") ?? "Full");
        var report = await new TortureRun(options, Console.WriteLine).RunAsync();
        Console.WriteLine(report.Violations.Count == 0 ? report.Summary : report.Describe());
        return report.Violations.Count == 0 ? 0 : 1;
    case ["check", var folder]:
        var violations = Checker.Check(Evidence.Load(new TortureFiles(folder))).ToList();
        violations.ForEach(Console.WriteLine);
        return violations.Count == 0 ? 0 : 1;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
