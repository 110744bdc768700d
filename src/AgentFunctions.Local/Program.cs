// The embedded executable: one process that serves agents, or runs one from the terminal.
using AgentFunctions.Local.Cli;

return await CommandLine.RunAsync(args);
