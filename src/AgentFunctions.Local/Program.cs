// The embedded executable: one process that serves agents, or runs one from the terminal.
using AgentFunctions.Local;

return await new AgentApp().RunAsync(args);
