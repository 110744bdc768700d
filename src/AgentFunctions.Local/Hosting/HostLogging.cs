using AgentFunctions.Local.Cli;
using AgentFunctions.Telemetry.Logging;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AgentFunctions.Local.Hosting;

/// <summary>The log on the console: in which format, and from which level on.</summary>
internal static class HostLogging
{
    private const string OurCategories = "AgentFunctions";

    /// <param name="quiet">For a command that prints its own output: errors only.</param>
    public static void Configure(ILoggingBuilder logging, LogOptions options, bool quiet)
    {
        if (quiet)
        {
            logging.AddFilter((_, level) => level >= LogLevel.Error);
            return;
        }

        // Levels of single categories may still be set as usual, by Logging__LogLevel__<category> in the environment.
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter((_, level) => level >= (options.Level ?? LogLevel.Warning));
        if (!options.Json)
            return;
        if (options.Level is null)
            logging.AddFilter(OurCategories, LogLevel.Information);
        logging.AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>();
        logging.AddConsole(console => console.FormatterName = JsonLogFormatter.FormatterName);
    }
}
