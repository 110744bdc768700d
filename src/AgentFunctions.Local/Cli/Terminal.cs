// The console as commands write to it.
using Spectre.Console;

namespace AgentFunctions.Local.Cli;

internal static class Terminal
{
    /// <summary>A terminal gets colours and its own width; a pipe or a file gets plain, unwrapped text.</summary>
    public static IAnsiConsole Output()
    {
        if (!Console.IsOutputRedirected)
            return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = int.MaxValue / 2;
        return console;
    }
}
