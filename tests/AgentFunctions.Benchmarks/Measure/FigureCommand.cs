// A command that measures figures: what all of them share on the command line and on the screen.
using System.CommandLine;

namespace AgentFunctions.Benchmarks.Measure;

internal static class FigureCommand
{
    private static readonly Option<string?> s_json = new("--json") { Description = "Also write the figures to this file" };

    private static readonly Option<string?> s_folder = new("--folder")
    {
        Description = "Where the databases are made: a folder on a real disk [default: the system's temporary folder]",
    };

    public static Command Create(string name, string description, IEnumerable<Option> options, Func<ParseResult, string?, Task<Measured>> measure)
    {
        var command = new Command(name, description);
        foreach (var option in options.Append(s_json).Append(s_folder))
            command.Options.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            Report.Machine();
            Report.Disk(parsed.GetValue(s_folder));
            var measured = await measure(parsed, parsed.GetValue(s_folder));
            Report.Figures(measured);
            if (parsed.GetValue(s_json) is { } file)
                await measured.WriteAsync(file);
            return 0;
        });
        return command;
    }

    public static Option<int> Number(string name, string description, int otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };
}
