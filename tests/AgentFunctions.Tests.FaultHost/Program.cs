// The embedded executable, with the functions of this assembly beside its own.
using AgentFunctions.Local;

return await new AgentApp().RunAsync(args);
