// `doctor`: looks at everything that a start needs and says what to do about what is wrong.
using AgentFunctions.Agents;
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

/// <summary>Starts no server; one that runs already is left alone. Exit code 0 when all is well, else 1.</summary>
internal static class DoctorCommand
{
    /// <param name="json">One JSON object instead of a table.</param>
    public static Task<int> RunAsync(ServeOptions options, bool json, IAnsiConsole console) => LocalHost.GuardAsync(async () =>
    {
        var checks = await DoctorChecks.RunAsync(options);
        var isOk = checks.All(check => check.IsOk);
        if (json)
            console.WriteLine(AgentJson.Serialize(new { Ok = isOk, Checks = checks.Select(c => new { c.Check, Ok = c.IsOk, c.Text, c.Fix }) }));
        else
            console.Write(Table(checks));
        return isOk ? 0 : 1;
    });

    private static Table Table(IEnumerable<DoctorCheck> checks)
    {
        var table = new Table().Border(TableBorder.Minimal).AddColumns("", "check", "found", "what to do");
        foreach (var check in checks)
        {
            var mark = check.IsOk ? "[green]ok[/]" : "[red]wrong[/]";
            table.AddRow(mark, Markup.Escape(check.Check), Markup.Escape(check.Text), Markup.Escape(check.Fix ?? ""));
        }

        return table;
    }
}
